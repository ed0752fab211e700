const QUOTE = 0x22;
const NEWLINE = 0x0a;

/** Cuts COPY text into records, each with its newline. Bytes are looked at once; a record that is not complete waits for more. */
export class CopyRecords {
  private rest: Buffer = Buffer.alloc(0);
  private isQuoted = false;

  /** The records that end within this piece. */
  push(piece: Uint8Array): Buffer[] {
    const bytes =
      this.rest.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength) : Buffer.concat([this.rest, piece]);
    const records: Buffer[] = [];
    let start = 0;
    // A doubled quote opens and closes at once, so counting them is enough.
    for (let at = this.rest.length; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === QUOTE) this.isQuoted = !this.isQuoted;
      else if (byte === NEWLINE && !this.isQuoted) {
        records.push(bytes.subarray(start, at + 1));
        start = at + 1;
      }
    }
    this.rest = bytes.subarray(start);
    return records;
  }

  /** A last record without a newline; empty as a rule. */
  end(): Buffer {
    return this.rest;
  }
}

/** The records of COPY text, in groups as the bytes come. */
export async function* recordsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Buffer[]> {
  const records = new CopyRecords();
  for await (const piece of bytes) yield records.push(piece);
  const last = records.end();
  if (last.length > 0) yield [last];
}

/** A record's values: nothing at all is null, and quotes around nothing are the empty text. */
export function valuesOf(record: Buffer): (string | null)[] {
  const text = record.toString('utf8', 0, record.at(-1) === NEWLINE ? record.length - 1 : record.length);
  if (!text.includes('"')) return text.split(',').map((cell) => (cell === '' ? null : cell));
  const values: (string | null)[] = [];
  for (let at = 0; at <= text.length; at += 1) {
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      values.push(text.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
    } else {
      const comma = text.indexOf(',', at);
      const end = comma === -1 ? text.length : comma;
      values.push(end === at ? null : text.slice(at, end));
      at = end;
    }
  }
  return values;
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

/** Values as a record of COPY text; the inverse of {@link valuesOf}. */
export const recordOf = (values: readonly (string | null)[]): string =>
  `${values.map((value) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`)).join(',')}\n`;
