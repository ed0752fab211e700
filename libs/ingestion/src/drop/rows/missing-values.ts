/** Recognises the texts of missing cells among raw bytes. */
export class MissingValues {
  /** Whether a cell of no characters is missing. */
  readonly hasEmpty: boolean;
  /** By first byte: nearly every cell is told apart here. */
  private readonly byFirst: (readonly Buffer[] | undefined)[] = [];
  private readonly maxBytes: number;

  constructor(values: readonly string[]) {
    this.hasEmpty = values.includes('');
    const tokens = values.filter((value) => value !== '').map((value) => Buffer.from(value));
    this.maxBytes = Math.max(0, ...tokens.map((token) => token.length));
    for (let byte = 0; byte < 256; byte += 1) {
      const candidates = tokens.filter((token) => token[0] === byte);
      this.byFirst.push(candidates.length > 0 ? candidates : undefined);
    }
  }

  /** Of a cell that has at least one byte. */
  has(bytes: Buffer, start: number, end: number): boolean {
    if (end - start > this.maxBytes) return false;
    const candidates = this.byFirst[bytes[start] ?? 0];
    if (candidates === undefined) return false;
    return candidates.some((token) => token.length === end - start && bytes.compare(token, 0, token.length, start, end) === 0);
  }
}
