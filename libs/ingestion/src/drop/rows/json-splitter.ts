import { DropRefusedError } from '../drop.errors';

const QUOTE = 0x22;
const COMMA = 0x2c;
const LF = 0x0a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACES = new Set(Buffer.from(' \t\r\n'));
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const NOTHING = Buffer.alloc(0);

/** What may come next outside objects: one object after the other, or a list of them. */
type Awaited = 'first' | 'object or end of text' | 'object or end of list' | 'object' | 'comma or end of list' | 'end of text';

export interface JsonPiece {
  readonly bytes: Buffer;
  /** Where it begins. */
  readonly line: number;
}

/** Cuts JSON text, one list of objects or objects one after the other, into its objects. What is in them is not looked at. */
export class JsonSplitter {
  /** Whether the text is a list, which may be empty. */
  isList = false;
  /** Bytes of an object that has not ended. */
  private rest: Buffer = NOTHING;
  /** How far they were looked at. */
  private seen = 0;
  private line = 1;
  private startLine = 1;
  private depth = 0;
  private isText = false;
  private isStart = true;
  private awaited: Awaited = 'first';

  constructor(
    private readonly member: string,
    private readonly rowBytes: number,
  ) {}

  /** @throws {DropRefusedError} MALFORMED_JSON, or LIMIT_EXCEEDED for an object that is too long */
  *push(chunk: Buffer): Generator<JsonPiece> {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : this.withoutMark(chunk);
    let start = 0;
    let at = this.seen;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (byte === LF) this.line += 1;
      if (this.isText) {
        if (byte === BACKSLASH) at += 1;
        else if (byte === QUOTE) this.isText = false;
      } else if (this.depth > 0) {
        if (byte === QUOTE) this.isText = true;
        else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.depth += 1;
        else if ((byte === CLOSE_OBJECT || byte === CLOSE_LIST) && (this.depth -= 1) === 0) {
          yield { bytes: this.fitting(bytes.subarray(start, at + 1)), line: this.startLine };
          this.awaited = this.isList ? 'comma or end of list' : 'object or end of text';
        }
      } else if (!SPACES.has(byte)) {
        this.between(byte);
        start = at;
      }
    }
    this.rest = this.depth > 0 ? this.fitting(bytes.subarray(start)) : NOTHING;
    this.seen = this.depth > 0 ? at - start : 0;
  }

  /** @throws {DropRefusedError} MALFORMED_JSON when something was not ended */
  end(): void {
    if (this.depth > 0 || (this.isList && this.awaited !== 'end of text')) this.fail('it ends within a list or an object');
  }

  /** Passes a sign outside objects. */
  private between(byte: number): void {
    const { awaited } = this;
    const wants = (what: string): boolean => awaited === 'first' || awaited.includes(what);
    if (byte === OPEN_OBJECT && wants('object')) {
      this.depth = 1;
      this.startLine = this.line;
    } else if (byte === OPEN_LIST && awaited === 'first') {
      this.isList = true;
      this.awaited = 'object or end of list';
    } else if (byte === COMMA && awaited === 'comma or end of list') this.awaited = 'object';
    else if (byte === CLOSE_LIST && awaited.endsWith('end of list')) this.awaited = 'end of text';
    else this.fail('it is neither a list of objects nor one object after the other');
  }

  private withoutMark(chunk: Buffer): Buffer {
    if (!this.isStart || chunk.length === 0) return chunk;
    this.isStart = false;
    return chunk.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? chunk.subarray(BYTE_ORDER_MARK.length) : chunk;
  }

  private fitting(bytes: Buffer): Buffer {
    if (bytes.length <= this.rowBytes) return bytes;
    const place = { member: this.member, line: this.startLine };
    throw new DropRefusedError('LIMIT_EXCEEDED', `an object has more than ${this.rowBytes} bytes`, place);
  }

  private fail(what: string): never {
    throw new DropRefusedError('MALFORMED_JSON', what, { member: this.member, line: this.line });
  }
}
