import { connect, type Socket } from 'node:net';
import {
  commandComplete,
  errorField,
  errorResponse,
  MessageCutter,
  simpleQuery,
  statementOf,
  toMessage,
  type Message,
} from './wire-messages';

const COPY =
  /^copy (?<table>\S+) \((?<columns>.+)\) from 's3:\/\/(?<manifest>[^']+)' .* null as '(?<token>[^']+)' .*manifest(?: region '[a-z0-9-]+')?$/;
const COPY_COUNT = 'select pg_last_copy_count() as rows';
const NO_TRANSACTION = 'I';

/** Rows of one part, as they are in the bucket. */
export interface PartText {
  readonly url: string;
  readonly text: Buffer;
}

/** What a connection asks of its cluster. */
export interface Cluster {
  readonly server: { readonly path: string } | { readonly host: string; readonly port: number };
  /** Every statement of transactions, in order. */
  readonly statements: string[];
  /** Answered to the next COPY in place of reading. */
  readonly copyFailure: { readonly code: string; readonly message: string } | null;
  /** Rows that a COPY counts beside those it took. */
  readonly miscount: number;
  /** Happens behind every COPY, before its answer is read. */
  readonly afterCopy: () => Promise<void>;
  /** Happens when a transaction has committed, before anybody is told; a rejection cuts the connection. */
  readonly afterCommit: () => Promise<void>;
  /** The parts that a manifest names. */
  read(manifest: string): Promise<PartText[]>;
  /** Keeps why a part was refused, and answers what a client is told of it. */
  note(url: string, where: string): Promise<{ readonly code: string; readonly message: string }>;
}

interface RunningCopy {
  readonly start: string;
  readonly parts: readonly PartText[];
  next: number;
  rows: number;
  failed: boolean;
}

/** Between a client and PostgreSQL: all passes unchanged, except for what only Redshift knows. */
export class RedshiftConnection {
  private readonly server: Socket;
  private inOrder: Promise<void> = Promise.resolve();
  private status = NO_TRANSACTION;
  private copied = 0;
  private copy: RunningCopy | null = null;

  constructor(
    private readonly cluster: Cluster,
    private readonly client: Socket,
  ) {
    this.server = connect(cluster.server);
    const [sent, answered] = [new MessageCutter(false), new MessageCutter(true)];
    this.relay(client, (chunk) => {
      for (const message of sent.push(chunk)) this.queue(() => this.fromClient(message));
    });
    this.relay(this.server, (chunk) => {
      for (const message of answered.push(chunk)) this.queue(() => this.fromServer(message));
    });
  }

  private relay(socket: Socket, take: (chunk: Buffer) => void): void {
    socket.setNoDelay();
    socket.on('data', take);
    socket.on('error', () => undefined);
    socket.on('close', () => this.queue(() => Promise.reject(new Error('The connection is closed.'))));
  }

  /** One message after the other, whichever side it is from. What fails ends both. */
  private queue(work: () => Promise<void>): void {
    this.inOrder = this.inOrder.then(work).catch(() => this.end());
  }

  private end(): void {
    this.client.destroy();
    this.server.destroy();
  }

  private async fromClient(message: Message): Promise<void> {
    const sql = statementOf(message);
    if (sql !== null && (sql === 'begin' || this.status !== NO_TRANSACTION)) this.cluster.statements.push(sql);
    const copy = COPY.exec(sql ?? '')?.groups;
    if (copy) await this.startCopy(copy);
    else this.server.write(sql === COPY_COUNT ? simpleQuery(`select '${this.copied + this.cluster.miscount}' as rows`) : message.raw);
  }

  private async fromServer(message: Message): Promise<void> {
    if (message.type === 'Z') this.status = message.body.toString('latin1');
    if (this.copy) return this.goOn(this.copy, message);
    if (message.type === 'C' && message.body.toString() === 'COMMIT\0') await this.cluster.afterCommit();
    this.client.write(message.raw);
  }

  private async startCopy({ table, columns, manifest = '', token }: Readonly<Record<string, string>>): Promise<void> {
    const start = `copy ${table} (${columns}) from stdin (format csv, null '${token}')`;
    this.copy = { start, parts: await this.cluster.read(manifest), next: 0, rows: 0, failed: false };
    this.server.write(simpleQuery(this.cluster.copyFailure ? 'fail' : start));
  }

  private async goOn(copy: RunningCopy, message: Message): Promise<void> {
    switch (message.type) {
      case 'G':
        this.server.write(toMessage('d', copy.parts[copy.next]?.text ?? Buffer.alloc(0)));
        this.server.write(toMessage('c', Buffer.alloc(0)));
        return;
      case 'C':
        copy.rows += Number(/\d+/.exec(message.body.toString())?.[0]);
        copy.next += 1;
        return;
      case 'E': {
        copy.failed = true;
        const noted = this.cluster.copyFailure ?? (await this.cluster.note(copy.parts[copy.next]?.url ?? '', errorField(message, 'W')));
        this.client.write(errorResponse(noted.code, noted.message));
        return;
      }
      case 'Z':
        if (!copy.failed && copy.next < copy.parts.length) this.server.write(simpleQuery(copy.start));
        else await this.endCopy(copy, message);
    }
  }

  private async endCopy({ rows, failed }: RunningCopy, ready: Message): Promise<void> {
    this.copied = rows;
    this.copy = null;
    await this.cluster.afterCopy();
    if (!failed) this.client.write(commandComplete('COPY'));
    this.client.write(ready.raw);
  }
}
