const BYTES = 256;
/** Lengths from here on share a bit. */
const LONG = 31;

/** Recognises the texts of missing cells among raw bytes. */
export class MissingValues {
  /** Whether a cell of no characters is missing. */
  readonly hasEmpty: boolean;
  /** By first byte, a bit for each length that a text has: nearly every cell is told apart here. */
  readonly lengths = new Int32Array(BYTES);
  private readonly byFirst: (readonly Buffer[])[];

  constructor(values: readonly string[]) {
    this.hasEmpty = values.includes('');
    const tokens = values.filter((value) => value !== '').map((value) => Buffer.from(value));
    this.byFirst = Array.from({ length: BYTES }, (_, byte) => tokens.filter((token) => token[0] === byte));
    for (const token of tokens) {
      const first = token[0] as number;
      this.lengths[first] = (this.lengths[first] as number) | (1 << Math.min(token.length, LONG));
    }
  }

  /** Of a cell that has at least one byte. */
  has(bytes: Buffer, start: number, end: number): boolean {
    const first = bytes[start] as number;
    return ((this.lengths[first] as number) & (1 << Math.min(end - start, LONG))) !== 0 && this.isToken(bytes, start, end, first);
  }

  private isToken(bytes: Buffer, start: number, end: number, first: number): boolean {
    for (const token of this.byFirst[first] as readonly Buffer[]) {
      if (token.length !== end - start) continue;
      let size = 1;
      while (size < token.length && token[size] === bytes[start + size]) size += 1;
      if (size === token.length) return true;
    }
    return false;
  }
}
