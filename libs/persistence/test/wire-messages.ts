/** A message of PostgreSQL's protocol (its chapter "Message Formats"). */
export interface Message {
  /** One letter; empty for the first message of a client, which has none. */
  readonly type: string;
  readonly body: Buffer;
  /** As it came. */
  readonly raw: Buffer;
}

const LENGTH_BYTES = 4;

/** Cuts one direction of a connection into whole messages. */
export class MessageCutter {
  private rest: Buffer = Buffer.alloc(0);

  /** @param typed false for what a client sends: its first message has no type */
  constructor(private typed: boolean) {}

  *push(chunk: Buffer): Generator<Message> {
    this.rest = Buffer.concat([this.rest, chunk]);
    for (;;) {
      const head = this.typed ? 1 : 0;
      if (this.rest.length < head + LENGTH_BYTES) return;
      const end = head + this.rest.readUInt32BE(head);
      if (this.rest.length < end) return;
      const raw = this.rest.subarray(0, end);
      this.rest = this.rest.subarray(end);
      this.typed = true;
      yield { type: raw.toString('latin1', 0, head), body: raw.subarray(head + LENGTH_BYTES), raw };
    }
  }
}

export function toMessage(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(1 + LENGTH_BYTES);
  head.write(type, 'latin1');
  head.writeUInt32BE(LENGTH_BYTES + body.length, 1);
  return Buffer.concat([head, body]);
}

export const simpleQuery = (sql: string): Buffer => toMessage('Q', Buffer.from(`${sql}\0`));

export const commandComplete = (tag: string): Buffer => toMessage('C', Buffer.from(`${tag}\0`));

export const errorResponse = (code: string, text: string): Buffer => toMessage('E', Buffer.from(`SERROR\0VERROR\0C${code}\0M${text}\0\0`));

/** The statement of a simple query or of one that is prepared; null for all other messages. */
export function statementOf({ type, body }: Message): string | null {
  const [first = '', second = ''] = type === 'Q' || type === 'P' ? body.toString().split('\0') : [];
  return type === 'Q' ? first : type === 'P' ? second : null;
}

/** A field of an error, such as `W`, the place. */
export const errorField = ({ body }: Message, field: string): string =>
  body
    .toString()
    .split('\0')
    .find((text) => text.startsWith(field))
    ?.slice(1) ?? '';
