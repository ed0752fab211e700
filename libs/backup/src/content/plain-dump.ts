import { randomBytes } from 'node:crypto';
import { BackupUnusableError } from '../backup.errors';

/** The first lines of every SQL text that `pg_dump` writes. */
const BEGINNING = /^--\r?\n-- PostgreSQL database dump\r?\n/;
/** Stands near the end of every one that is whole. */
const END_MARK = '-- PostgreSQL database dump complete';
/** Bytes at the end among which the mark is looked for. */
export const TAIL_BYTES = 4096;
/** How many first bytes tell whether content is such a text. */
export const BEGINNING_BYTES = 64;

export const isPlainDump = (head: Buffer): boolean => BEGINNING.test(head.toString('latin1'));
export const isWhole = (tail: Buffer): boolean => tail.includes(END_MARK);

const NEWLINE = 0x0a;
const COPY_BEGINS = /^COPY .* FROM stdin;\r?$/;
const COPY_ENDS = /^\\\.\r?$/;
const COPY_END_MAX_BYTES = 4;
const CONNECT = /^\\connect\b/;
/** Which database it was is no matter; `\restrict` is ours to say; and every database has its schema `public`. */
const LEFT_OUT =
  /^(?:\\(?:connect|restrict|unrestrict)\b|(?:CREATE|ALTER|DROP|COMMENT ON) DATABASE |(?:CREATE|DROP) SCHEMA (?:IF EXISTS )?public;)/;
const KEY_BYTES = 16;

/**
 * The text as `psql` is given it: without what leads to another database, and in restricted mode, in which `psql` obeys no
 * command of its own that the text may hold, such as one that runs a program.
 * @throws {BackupUnusableError} when it holds more than one database
 */
export async function* restrictedScript(content: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array | string> {
  const key = randomBytes(KEY_BYTES).toString('hex');
  const filter = new LineFilter(name);
  yield `\\restrict ${key}\n`;
  let partLine: Uint8Array = Buffer.alloc(0);
  for await (const chunk of content) {
    const bytes = Buffer.concat([partLine, chunk]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    yield* filter.kept(bytes.subarray(0, end));
    partLine = bytes.subarray(end);
  }
  yield* filter.kept(Buffer.concat([partLine, Buffer.from('\n')]));
  yield `\\unrestrict ${key}\n`;
}

/** Knows data from commands: the lines between a `COPY … FROM stdin` and its end are data, whatever they look like. */
class LineFilter {
  private isData = false;
  private connects = 0;

  constructor(private readonly name: string) {}

  /** The parts of whole lines that stay, in as few pieces as possible. */
  *kept(lines: Buffer): Generator<Buffer> {
    let keptFrom = 0;
    for (let start = 0, end = 0; start < lines.length; start = end) {
      end = lines.indexOf(NEWLINE, start) + 1;
      if (this.isKept(lines, start, end - 1)) continue;
      if (start > keptFrom) yield lines.subarray(keptFrom, start);
      keptFrom = end;
    }
    if (keptFrom < lines.length) yield lines.subarray(keptFrom);
  }

  private isKept(lines: Buffer, start: number, end: number): boolean {
    if (this.isData) {
      // Most lines by far: none is made a text that is longer than the end mark.
      this.isData = end - start > COPY_END_MAX_BYTES || !COPY_ENDS.test(lines.toString('latin1', start, end));
      return true;
    }
    // Names may be in any encoding; commands are ASCII.
    const line = lines.toString('latin1', start, end);
    if (CONNECT.test(line) && (this.connects += 1) > 1) throw new BackupUnusableError(this.name, 'it holds more than one database');
    this.isData = COPY_BEGINS.test(line);
    return !LEFT_OUT.test(line);
  }
}
