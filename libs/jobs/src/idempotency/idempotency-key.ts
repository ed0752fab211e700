import { createHash } from 'node:crypto';

const DEFAULT_PREFIX = 'idempotency:';

/** UTF-8 of U+FFFD itself, which a decoder also writes for bytes that are none. */
const REPLACEMENT = '\uFFFD';
const REPLACEMENT_BYTES = Buffer.from(REPLACEMENT);

/** Content of a key that JSON cannot hold. */
export class ContentNotJsonError extends TypeError {
  constructor(kind: string) {
    super(`The content of an idempotency key has to be text, bytes or JSON; it holds a ${kind}.`);
  }
}

/**
 * The key of a piece of content of one source: the same for equal content on every machine, whatever the order of its keys.
 * Text and bytes stand for themselves (bytes that are not UTF-8 are left out); all else is written as JSON with sorted keys.
 * `1` and `1.0` are one number here.
 *
 * @throws {ContentNotJsonError} for functions, symbols, undefined, NaN and infinities, also inside
 */
export function idempotencyKey(sourceId: string, content: unknown, prefix = DEFAULT_PREFIX): string {
  return `${prefix}${sha256(`${sourceId}:${sha256(canonical(content))}`)}`;
}

/** The text that is hashed: separators `, ` and `: `, keys in code point order, everything beyond ASCII as `\uXXXX` in lower case. */
export function canonical(content: unknown): string {
  if (typeof content === 'string') return content;
  if (content instanceof Uint8Array) return validUtf8(content);
  return json(content);
}

function json(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return asciiText(value);
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      if (!Number.isFinite(value)) throw new ContentNotJsonError('number that is not finite');
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : composite(value);
    default:
      throw new ContentNotJsonError(typeof value);
  }
}

function composite(value: object): string {
  if (Array.isArray(value)) return `[${value.map(json).join(', ')}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new ContentNotJsonError(value.constructor.name);
  const members = Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${members.map(([name, member]) => `${asciiText(name)}: ${json(member)}`).join(', ')}}`;
}

function asciiText(text: string): string {
  return JSON.stringify(text).replace(/[\u0080-\uFFFF]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function validUtf8(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces: string[] = [];
  for (let from = 0; from <= buffer.length;) {
    const at = buffer.indexOf(REPLACEMENT_BYTES, from);
    const end = at < 0 ? buffer.length : at;
    pieces.push(buffer.toString('utf8', from, end).replaceAll(REPLACEMENT, ''));
    from = end + REPLACEMENT_BYTES.length;
    if (at < 0) break;
  }
  return pieces.join(REPLACEMENT);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
