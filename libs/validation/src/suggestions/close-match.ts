import { similarity } from './sequence-matcher';

/** Less alike than this is no suggestion; the default of Python's `difflib.get_close_matches`. */
export const SUGGESTION_CUTOFF = 0.6;

/**
 * The candidate most like the word, or null when none comes close: the first that `difflib.get_close_matches(word,
 * candidates)` returns. Of equally close ones it is the greater in string order.
 */
export function closeMatch(word: string, candidates: readonly string[]): string | null {
  let best: { readonly candidate: string; readonly score: number } | null = null;
  for (const candidate of candidates) {
    if (upperBound(word, candidate) < SUGGESTION_CUTOFF) continue;
    const score = similarity(candidate, word);
    if (score < SUGGESTION_CUTOFF) continue;
    if (best === null || score > best.score || (score === best.score && candidate > best.candidate)) best = { candidate, score };
  }
  return best?.candidate ?? null;
}

/** What the similarity of texts of these lengths can be at most; spares comparing a very long header with every column. */
function upperBound(a: string, b: string): number {
  const [lengthA, lengthB] = [Array.from(a).length, Array.from(b).length];
  return lengthA + lengthB === 0 ? 1 : (2 * Math.min(lengthA, lengthB)) / (lengthA + lengthB);
}
