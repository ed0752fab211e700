import { createWriteStream, mkdtempSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** One row of a flat export. */
export type FlatRecord = Readonly<Record<string, unknown>>;

/** Columns every export has, whichever fields were asked for. */
const PLUMBING = ['redcap_event_name', 'redcap_repeat_instrument', 'redcap_repeat_instance', 'redcap_data_access_group'];
const SEPARATOR = ',\n';

interface StoredRow {
  readonly id: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Rows of a project as JSON text in a temporary file, with an index by record id. Rows that lie side by side are read
 * in one go and sent as they are, so a project of any size costs little memory and little time.
 */
export class RecordStore {
  private readonly byId: ReadonlyMap<string, readonly StoredRow[]>;
  private readonly idsByValue: readonly { readonly id: string; readonly value: number }[];

  private constructor(
    private readonly folder: string,
    private readonly file: FileHandle,
    private readonly rows: readonly StoredRow[],
    private readonly columns: ReadonlySet<string>,
    private readonly recordIdField: string,
  ) {
    const byId = new Map<string, StoredRow[]>();
    for (const row of rows) {
      const sameId = byId.get(row.id);
      if (sameId === undefined) byId.set(row.id, [row]);
      else sameId.push(row);
    }
    this.byId = byId;
    this.idsByValue = [...byId.keys()].map((id) => ({ id, value: Number(id) })).sort((a, b) => a.value - b.value);
  }

  static async create(records: Iterable<FlatRecord> | AsyncIterable<FlatRecord>, recordIdField: string): Promise<RecordStore> {
    const folder = mkdtempSync(join(tmpdir(), 'sample-redcap-'));
    const path = join(folder, 'records.json');
    const rows: StoredRow[] = [];
    const columns = new Set<string>();
    async function* texts(): AsyncGenerator<Buffer> {
      let offset = 0;
      for await (const record of records) {
        for (const column in record) columns.add(column);
        const bytes = Buffer.from(JSON.stringify(record) + SEPARATOR);
        rows.push({ id: String(record[recordIdField]), offset, length: bytes.length });
        offset += bytes.length;
        yield bytes;
      }
    }
    await pipeline(Readable.from(texts()), createWriteStream(path));
    return new RecordStore(folder, await open(path, 'r'), rows, columns, recordIdField);
  }

  async close(): Promise<void> {
    await this.file.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** One object a row, holding nothing but the record id. */
  idList(): string {
    return `[${this.rows.map((row) => JSON.stringify({ [this.recordIdField]: row.id })).join(SEPARATOR)}]`;
  }

  /** Ids whose number lies between the two, both included. */
  idsBetween(low: number, high: number): string[] {
    const start = this.position(low);
    const ids: string[] = [];
    for (const { id, value } of this.idsByValue.slice(start)) {
      if (value > high) break;
      ids.push(id);
    }
    return ids;
  }

  /** A JSON array of the rows of these records, or of all when `ids` is null, limited to some fields when given. */
  async export(ids: readonly string[] | null, fields: readonly string[] | null): Promise<string | Buffer> {
    const rows = ids === null ? this.rows : ids.flatMap((id) => this.byId.get(id) ?? []);
    const pieces: Buffer[] = [];
    for (const run of runsOf(rows)) pieces.push(await this.read(run.offset, run.length));
    const json = listOf(pieces);
    const wanted = fields === null ? null : this.columnsOf(fields);
    if (wanted === null || wanted.size === this.columns.size) return json;
    return JSON.stringify((JSON.parse(json.toString('utf8')) as FlatRecord[]).map((row) => project(row, wanted)));
  }

  private position(low: number): number {
    let from = 0;
    let to = this.idsByValue.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.idsByValue[middle]?.value ?? Infinity) < low) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  private async read(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    await this.file.read(bytes, 0, length, offset);
    return bytes;
  }

  private columnsOf(fields: readonly string[]): ReadonlySet<string> {
    const asked = new Set([...fields, ...PLUMBING]);
    return new Set([...this.columns].filter((column) => asked.has(column) || asked.has(column.split('___', 1)[0] ?? column)));
  }
}

/** Rows, each with a separator behind it, as one JSON array. */
function listOf(pieces: readonly Buffer[]): Buffer {
  const rows = Buffer.concat(pieces);
  return Buffer.concat([Buffer.from('['), rows.subarray(0, -SEPARATOR.length), Buffer.from(']')]);
}

/** Joins rows that follow each other in the file into one stretch. */
function* runsOf(rows: readonly StoredRow[]): Generator<{ offset: number; length: number }> {
  let run: { offset: number; length: number } | null = null;
  for (const { offset, length } of rows) {
    if (run !== null && run.offset + run.length === offset) {
      run.length += length;
      continue;
    }
    if (run !== null) yield run;
    run = { offset, length };
  }
  if (run !== null) yield run;
}

function project(row: FlatRecord, wanted: ReadonlySet<string>): FlatRecord {
  return Object.fromEntries(Object.entries(row).filter(([column]) => wanted.has(column)));
}
