interface Span {
  readonly fromA: number;
  readonly toA: number;
  readonly fromB: number;
  readonly toB: number;
}

/**
 * Likeness of two texts as Python's `difflib.SequenceMatcher(None, a, b).ratio()` has it (Ratcliff and Obershelp): 2·M/T with
 * M the characters in matching blocks and T those of both. Not symmetric: of several longest blocks the one that begins
 * earliest in `a` counts, then the earliest in `b`. Python treats texts of 200 characters or more otherwise; names of columns
 * have at most 63, so none that long comes close to one.
 */
export function similarity(a: string, b: string): number {
  const [charactersA, charactersB] = [Array.from(a), Array.from(b)];
  const total = charactersA.length + charactersB.length;
  return total === 0 ? 1 : (2 * matchingCharacters(charactersA, charactersB)) / total;
}

function matchingCharacters(a: readonly string[], b: readonly string[]): number {
  const positions = positionsOf(b);
  const waiting: Span[] = [{ fromA: 0, toA: a.length, fromB: 0, toB: b.length }];
  let matches = 0;
  for (let span = waiting.pop(); span; span = waiting.pop()) {
    const { fromA, toA, fromB, toB } = span;
    const block = longestBlock(a, positions, span);
    if (block.size === 0) continue;
    matches += block.size;
    waiting.push({ fromA, toA: block.atA, fromB, toB: block.atB });
    waiting.push({ fromA: block.atA + block.size, toA, fromB: block.atB + block.size, toB });
  }
  return matches;
}

function positionsOf(text: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const positions = new Map<string, number[]>();
  text.forEach((character, index) => positions.set(character, [...(positions.get(character) ?? []), index]));
  return positions;
}

function longestBlock(
  a: readonly string[],
  positions: ReadonlyMap<string, readonly number[]>,
  { fromA, toA, fromB, toB }: Span,
): { atA: number; atB: number; size: number } {
  let best = { atA: fromA, atB: fromB, size: 0 };
  // How long the block is that ends at this place of b and at the character of a before.
  let lengths = new Map<number, number>();
  for (let atA = fromA; atA < toA; atA += 1) {
    const next = new Map<number, number>();
    for (const atB of positions.get(a[atA] ?? '') ?? []) {
      if (atB < fromB) continue;
      if (atB >= toB) break;
      const size = (lengths.get(atB - 1) ?? 0) + 1;
      next.set(atB, size);
      if (size > best.size) best = { atA: atA - size + 1, atB: atB - size + 1, size };
    }
    lengths = next;
  }
  return best;
}
