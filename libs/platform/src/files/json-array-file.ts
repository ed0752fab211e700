import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { isMissing } from '../object-store/folder-files';
import { JsonArrayInvalidError } from './json-array-invalid-error';
import { utf8Text } from './utf8';

/** One object of an array file, its text included. Bounds memory: a file is never held whole. */
export const MAX_ARRAY_ITEM_BYTES = 64 * 1024 ** 2;

export interface ArrayItem {
  readonly text: string;
  /** Counts from 1 over the whole file. */
  readonly ordinal: number;
  /** Where in the file the byte after the item stands. */
  readonly endBytes: number;
}

export interface ArrayFileStart {
  readonly offsetBytes: number;
  readonly ordinal: number;
}

/**
 * Yields the objects of a file that holds one JSON array, one text at a time. Continues right behind an item when given
 * where that ended. Only the array's own commas and brackets are checked here; the items' JSON is the reader's to parse.
 *
 * @throws {JsonArrayInvalidError} naming file, byte and item, for anything that is not an array of objects
 */
export async function* readArrayFile(path: string, signal: AbortSignal, after: ArrayFileStart | null = null): AsyncGenerator<ArrayItem> {
  const splitter = new ArraySplitter(basename(path), after);
  const stream = createReadStream(path, { start: after?.offsetBytes ?? 0, signal });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) yield* splitter.push(chunk);
  } catch (error) {
    signal.throwIfAborted();
    throw isMissing(error) ? new JsonArrayInvalidError(`File ${path} does not exist.`) : error;
  }
  splitter.end();
}

const BYTE = {
  quote: 0x22,
  comma: 0x2c,
  arrayOpen: 0x5b,
  backslash: 0x5c,
  arrayClose: 0x5d,
  objectOpen: 0x7b,
  objectClose: 0x7d,
} as const;

const UTF8_BOM = [0xef, 0xbb, 0xbf];
const WHITE_SPACE = [0x20, 0x09, 0x0a, 0x0d];

/** Finds where objects begin and end, byte by byte, over any cut into chunks. */
class ArraySplitter {
  private expects: 'array' | 'first item' | 'item' | 'comma' | 'end';
  private depth = 0;
  private inString = false;
  private escaped = false;
  private pieces: Buffer[] = [];
  private itemBytes = 0;
  private consumedBytes: number;
  private ordinal: number;

  constructor(
    private readonly file: string,
    after: ArrayFileStart | null,
  ) {
    this.expects = after === null ? 'array' : 'comma';
    this.consumedBytes = after?.offsetBytes ?? 0;
    this.ordinal = after?.ordinal ?? 0;
  }

  *push(chunk: Buffer): Generator<ArrayItem> {
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.depth === 0) {
        this.between(byte, this.consumedBytes + at);
        start = at;
      } else if (this.closes(byte)) {
        this.keep(chunk.subarray(start, at + 1));
        yield this.takeItem(this.consumedBytes + at + 1);
      }
    }
    if (this.depth > 0) this.keep(chunk.subarray(start));
    this.consumedBytes += chunk.length;
  }

  end(): void {
    if (this.depth > 0) this.fail(`ends inside record ${this.ordinal}`);
    if (this.expects !== 'end') this.fail('ends before its array does');
  }

  private between(byte: number, offset: number): void {
    if (WHITE_SPACE.includes(byte) || (offset < UTF8_BOM.length && byte === UTF8_BOM[offset])) return;
    const { expects } = this;
    if (expects === 'array' && byte === BYTE.arrayOpen) this.expects = 'first item';
    else if (expects === 'comma' && byte === BYTE.comma) this.expects = 'item';
    else if ((expects === 'comma' || expects === 'first item') && byte === BYTE.arrayClose) this.expects = 'end';
    else if ((expects === 'item' || expects === 'first item') && byte === BYTE.objectOpen) this.open();
    else this.fail(`is not a JSON array of objects: see byte ${offset}, after record ${this.ordinal}`);
  }

  private open(): void {
    this.depth = 1;
    this.ordinal += 1;
    this.expects = 'comma';
  }

  /** Takes one byte of an item; true when it is the item's last. */
  private closes(byte: number): boolean {
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (byte === BYTE.backslash) this.escaped = true;
      else if (byte === BYTE.quote) this.inString = false;
      return false;
    }
    if (byte === BYTE.quote) this.inString = true;
    else if (byte === BYTE.objectOpen || byte === BYTE.arrayOpen) this.depth += 1;
    else if (byte === BYTE.objectClose || byte === BYTE.arrayClose) this.depth -= 1;
    return this.depth === 0;
  }

  private keep(piece: Buffer): void {
    this.itemBytes += piece.length;
    if (this.itemBytes > MAX_ARRAY_ITEM_BYTES) this.fail(`holds a record ${this.ordinal} larger than ${MAX_ARRAY_ITEM_BYTES} bytes`);
    this.pieces.push(piece);
  }

  private takeItem(endBytes: number): ArrayItem {
    const bytes = Buffer.concat(this.pieces, this.itemBytes);
    this.pieces = [];
    this.itemBytes = 0;
    return { text: utf8Text(bytes) ?? this.fail(`holds a record ${this.ordinal} that is not UTF-8`), ordinal: this.ordinal, endBytes };
  }

  private fail(what: string): never {
    throw new JsonArrayInvalidError(`File ${this.file} ${what}.`);
  }
}
