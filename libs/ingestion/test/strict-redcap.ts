import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Row = Readonly<Record<string, unknown>>;

/** One request as it came in. */
export interface Seen {
  readonly kind: 'ids' | 'records' | 'metadata' | 'version';
  readonly form: Readonly<Record<string, string>>;
  /** How often this kind was asked before. */
  readonly before: number;
}

export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Closes the connection after the body, short of the length it promised. */
  readonly cut?: boolean;
}

/** What to answer in place of the truth; `undefined` leaves it, a promise holds the answer back. */
export type Script = (seen: Seen) => Scripted | undefined | Promise<Scripted | undefined>;

export const TOKEN = '0123456789ABCDEF0123456789ABCDEF';

const RECORD_FORM = {
  format: 'json',
  type: 'flat',
  rawOrLabel: 'raw',
  rawOrLabelHeaders: 'raw',
  exportCheckboxLabel: 'false',
  exportSurveyFields: 'false',
  exportDataAccessGroups: 'false',
  returnFormat: 'json',
};

/** A REDCap that refuses any request which lacks a listed field or header. */
export class StrictRedcap {
  readonly seen: Seen[] = [];
  script: Script = () => undefined;
  underWay = 0;
  mostUnderWay = 0;

  private constructor(
    private readonly server: Server,
    public rows: readonly Row[],
    public dictionary: readonly Row[],
    readonly recordIdField: string,
  ) {}

  static async start(rows: readonly Row[], dictionary: readonly Row[], recordIdField = 'proposal_id'): Promise<StrictRedcap> {
    const server = createServer();
    const redcap = new StrictRedcap(server, rows, dictionary, recordIdField);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void redcap.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return redcap;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api/`;
  }

  get recordForms(): Readonly<Record<string, string>>[] {
    return this.seen.filter(({ kind }) => kind === 'records').map(({ form }) => form);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    const form = Object.fromEntries(new URLSearchParams(await textOf(request)));
    const problem = this.problemOf(request, form);
    const kind = this.kindOf(form);
    const seen = { kind, form, before: this.seen.filter((earlier) => earlier.kind === kind).length };
    this.seen.push(seen);
    const answer = problem === null ? ((await this.script(seen)) ?? this.truth(kind, form)) : refusal(problem);
    this.underWay -= 1;
    const bytes = Buffer.from(answer.body);
    const length = answer.cut === true ? bytes.length + 10 : bytes.length;
    response.writeHead(answer.status ?? 200, { 'Content-Type': 'application/json', 'Content-Length': length, ...answer.headers });
    if (answer.cut === true) response.write(bytes, () => response.destroy());
    else response.end(bytes);
  }

  private problemOf(request: IncomingMessage, form: Row): string | null {
    if (request.method !== 'POST') return 'method';
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') return 'content-type';
    if (request.headers.accept !== 'application/json') return 'accept';
    if (form['token'] !== TOKEN) return 'You do not have permissions to use the API';
    if (form['content'] === 'version') return null;
    if (form['content'] === 'metadata')
      return sameForm(form, { token: TOKEN, content: 'metadata', format: 'json', returnFormat: 'json' }) ? null : 'metadata form';
    return Object.entries(RECORD_FORM).every(([name, value]) => form[name] === value) ? null : 'record form';
  }

  private kindOf(form: Row): Seen['kind'] {
    if (form['content'] === 'version') return 'version';
    if (form['content'] === 'metadata') return 'metadata';
    return form['fields'] === this.recordIdField ? 'ids' : 'records';
  }

  private truth(kind: Seen['kind'], form: Readonly<Record<string, string>>): Scripted {
    if (kind === 'version') return { body: '14.5.5' };
    if (kind === 'metadata') return json(this.dictionary);
    if (kind === 'ids') return json(this.rows.map((row) => ({ [this.recordIdField]: row[this.recordIdField] })));
    const fields = listed(form, 'fields');
    return json(this.rows.filter((row) => this.isAsked(row, form)).map((row) => (fields.length === 0 ? row : project(row, fields))));
  }

  private isAsked(row: Row, form: Readonly<Record<string, string>>): boolean {
    const id = String(row[this.recordIdField]);
    const range = /\]>=(-?\d+) && \[\w+\]<=(-?\d+)/.exec(form['filterLogic'] ?? '');
    if (range !== null) return Number(id) >= Number(range[1]) && Number(id) <= Number(range[2]);
    return listed(form, 'records').includes(id);
  }
}

export function json(body: unknown): Scripted {
  return { body: JSON.stringify(body) };
}

export function refusal(error: string, status = 403): Scripted {
  return { status, ...json({ error }) };
}

function sameForm(form: Row, expected: Row): boolean {
  return JSON.stringify(Object.entries(form).sort()) === JSON.stringify(Object.entries(expected).sort());
}

function listed(form: Readonly<Record<string, string>>, name: string): string[] {
  return Object.keys(form)
    .filter((key) => key.startsWith(`${name}[`))
    .map((key) => form[key] ?? '');
}

/** The asked fields and the plumbing; a row without any answer in them is not exported, as in REDCap. */
function project(row: Row, fields: readonly string[]): Row {
  return Object.fromEntries(
    Object.entries(row).filter(([name]) => name.startsWith('redcap_') || fields.includes(name.split('___')[0] ?? '')),
  );
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
