/** One choice of a coded field: the stored code and its label. */
export interface Choice {
  readonly code: string;
  readonly label: string;
}

export interface ParsedChoices {
  readonly choices: readonly Choice[];
  /** How many choices have a code other than digits and underscores; clients read codes as numbers. */
  readonly refused: number;
}

/** Reads `1, Yes | 2, No` choice by choice. A piece without a comma is not a choice. */
export function parseChoices(text: string): ParsedChoices {
  const pieces = text.split('|').filter((piece) => piece.includes(','));
  const all = pieces.map((piece): Choice => {
    const comma = piece.indexOf(',');
    return { code: piece.slice(0, comma).trim(), label: piece.slice(comma + 1).trim() };
  });
  const choices = all.filter(({ code }) => /^[0-9_]+$/.test(code));
  return { choices, refused: all.length - choices.length };
}
