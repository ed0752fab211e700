import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FlatRecord, RecordStore } from './record-store';

const VERSION = '14.5.5';
/** A request lists at most some thousand fields and records. */
const MAX_REQUEST_BYTES = 4 * 1024 ** 2;
const NOT_ALLOWED = 'You do not have permissions to use the API';

export interface RedcapServerOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Clients have to send exactly this. */
  readonly token: string;
  /** Rows of the project. Read once, at start. */
  readonly records: Iterable<FlatRecord> | AsyncIterable<FlatRecord>;
  readonly dictionary: readonly FlatRecord[];
  /** Default: the dictionary's first field, as in REDCap. */
  readonly recordIdField?: string;
  readonly faults?: RedcapFaults;
}

/** Ways to misbehave, for demonstrations. */
export interface RedcapFaults {
  /** Added to every answer. */
  readonly latencyMs?: number;
  /** So many requests for records are answered with status 500 before the first one succeeds. */
  readonly failFirst?: number;
}

export interface RunningRedcapServer {
  /** The API address, ready for `REDCAP_URL_BASE`. */
  readonly url: string;
  /** Every accepted request in order, without the token. */
  readonly requests: readonly Readonly<Record<string, string>>[];
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
}

/** Serves one REDCap project on 127.0.0.1: contents `record`, `metadata`, `project` and `version` of the API. */
export async function startRedcapServer(options: RedcapServerOptions): Promise<RunningRedcapServer> {
  const recordIdField = options.recordIdField ?? firstField(options.dictionary);
  const store = await RecordStore.create(options.records, recordIdField);
  const project = new SampleProject(store, recordIdField, options);
  const server = createServer((request, response) => void answerTo(project, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    requests: project.requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
    },
  };
}

function firstField([first]: readonly FlatRecord[]): string {
  const name = first?.['field_name'];
  if (typeof name !== 'string') throw new Error('The first entry of the dictionary has no field_name');
  return name;
}

async function answerTo(project: SampleProject, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await formOf(request).then(
    (form) => project.answer(form),
    () => refusal(400, 'The request could not be read'),
  );
  response.writeHead(answer.status, { 'Content-Type': 'application/json; charset=utf-8' }).end(answer.body);
}

class SampleProject {
  readonly requests: Record<string, string>[] = [];
  private failuresLeft: number;
  private readonly dictionaryText: string;

  constructor(
    private readonly store: RecordStore,
    private readonly recordIdField: string,
    private readonly options: RedcapServerOptions,
  ) {
    this.failuresLeft = options.faults?.failFirst ?? 0;
    this.dictionaryText = JSON.stringify(options.dictionary);
  }

  async answer(form: URLSearchParams): Promise<Answer> {
    if (form.get('token') !== this.options.token) return refusal(403, NOT_ALLOWED);
    form.delete('token');
    this.requests.push(Object.fromEntries(form));
    const latencyMs = this.options.faults?.latencyMs ?? 0;
    if (latencyMs > 0) await sleep(latencyMs);
    if (form.get('format') !== null && form.get('format') !== 'json') return refusal(400, 'This sample server speaks JSON only');
    switch (form.get('content')) {
      case 'version':
        return { status: 200, body: VERSION };
      case 'project':
        return {
          status: 200,
          body: JSON.stringify({ project_id: 1, project_title: 'Sample project', is_longitudinal: 0, in_production: 0 }),
        };
      case 'metadata':
        return { status: 200, body: this.dictionaryText };
      case 'record':
        return this.records(form);
      default:
        return refusal(400, 'The value of the parameter "content" is not valid');
    }
  }

  private async records(form: URLSearchParams): Promise<Answer> {
    if (this.failuresLeft > 0) {
      this.failuresLeft -= 1;
      return refusal(500, 'The server is not feeling well');
    }
    const fields = listOf(form, 'fields');
    const ids = this.idsFor(listOf(form, 'records'), form.get('filterLogic'));
    if (ids === 'unknown logic') return refusal(400, 'This sample server filters by a range of record ids only');
    const idsOnly = ids === null && fields?.length === 1 && fields[0] === this.recordIdField;
    return { status: 200, body: idsOnly ? this.store.idList() : await this.store.export(ids, fields) };
  }

  private idsFor(records: readonly string[] | null, filterLogic: string | null): readonly string[] | null | 'unknown logic' {
    if (filterLogic === null) return records;
    const range = /^\[(\w+)\]>=(\d+) && \[(\w+)\]<=(\d+)$/.exec(filterLogic);
    if (range === null || range[1] !== this.recordIdField || range[3] !== this.recordIdField) return 'unknown logic';
    const inRange = this.store.idsBetween(Number(range[2]), Number(range[4]));
    return records === null ? inRange : inRange.filter((id) => records.includes(id));
  }
}

/** `name=a,b` or `name[0]=a&name[1]=b`; null when absent. */
function listOf(form: URLSearchParams, name: string): readonly string[] | null {
  const indexed = [...form].filter(([key]) => key.startsWith(`${name}[`)).map(([, value]) => value);
  const plain = form.get(name)?.split(',') ?? [];
  const values = [...plain, ...indexed].filter((value) => value !== '');
  return values.length === 0 ? null : values;
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > MAX_REQUEST_BYTES) throw new Error('request too large');
    pieces.push(piece);
  }
  return new URLSearchParams(Buffer.concat(pieces).toString('utf8'));
}

function refusal(status: number, error: string): Answer {
  return { status, body: JSON.stringify({ error }) };
}
