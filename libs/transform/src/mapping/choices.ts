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

/** Reads `1, Yes | 2, No` choice by choice, whatever the codes are. A piece without a comma is not a choice. */
export function readChoices(text: string): Choice[] {
  const pieces = text.split('|').filter((piece) => piece.includes(','));
  return pieces.map((piece): Choice => {
    const comma = piece.indexOf(',');
    return { code: piece.slice(0, comma).trim(), label: piece.slice(comma + 1).trim() };
  });
}

/** The choices that the table of labels can hold. */
export function parseChoices(text: string): ParsedChoices {
  const all = readChoices(text);
  const choices = all.filter(({ code }) => /^[0-9_]+$/.test(code));
  return { choices, refused: all.length - choices.length };
}
