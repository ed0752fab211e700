/** What a pattern of `strptime` style may name. */
export const DATE_DIRECTIVES = ['Y', 'y', 'm', 'd', 'j', 'H', 'I', 'p', 'M', 'S', 'f', 'b', 'B', 'a', 'A', 'z', 'Z'] as const;
export type DateDirective = (typeof DATE_DIRECTIVES)[number];

export type DatePiece =
  { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'directive'; readonly directive: DateDirective };

/** The pieces of a date pattern in order; null when it names a directive that does not exist, or one twice. */
export function parseDatePattern(pattern: string): readonly DatePiece[] | null {
  const pieces: DatePiece[] = [];
  for (const [text, letter] of pattern.matchAll(/%([\s\S]?)|[^%]+/g)) {
    if (letter === undefined) pieces.push({ kind: 'literal', text });
    else if (letter === '%') pieces.push({ kind: 'literal', text: '%' });
    else if (isDirective(letter)) pieces.push({ kind: 'directive', directive: letter });
    else return null;
  }
  const named = pieces.flatMap((piece) => (piece.kind === 'directive' ? [piece.directive] : []));
  return new Set(named).size === named.length ? pieces : null;
}

const isDirective = (letter: string): letter is DateDirective => (DATE_DIRECTIVES as readonly string[]).includes(letter);
