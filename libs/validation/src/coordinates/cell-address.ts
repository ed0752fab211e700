const LETTERS = 26;
const CODE_OF_A = 65;

/** A spreadsheet's name of a column that is counted from 0: `A` … `Z`, `AA`, `AB` … */
export function columnLetters(index: number): string {
  let letters = '';
  for (let rest = index; rest >= 0; rest = Math.floor(rest / LETTERS) - 1) {
    letters = String.fromCharCode(CODE_OF_A + (rest % LETTERS)) + letters;
  }
  return letters;
}

/** A spreadsheet's name of a cell, such as `AA27`. Columns count from 0, rows are as the spreadsheet numbers them. */
export const cellAddress = (columnIndex: number, row: number): string => `${columnLetters(columnIndex)}${row}`;
