import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, parse as parsePath } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import type { LockRequest } from '@app/jobs';
import { TableUpdater, type TableChange, type UpdateRequest } from '@app/persistence';
import { AppError, type StagedTable } from '@app/platform';
import { isNullToken } from '@app/validation';
import { Injectable } from '@nestjs/common';
import { parse } from 'csv-parse';
import { WAREHOUSE_RESOURCE } from '../runs/run-pipeline.task';

const PIECE_CHARS = 64 * 1024;
const LOCKS: readonly LockRequest[] = [{ resource: WAREHOUSE_RESOURCE, mode: 'exclusive' }];

export class TableFileInvalidError extends AppError {
  readonly code = 'input-invalid';
  constructor(path: string, problem: string) {
    super(`${path} ${problem}; nothing of its folder was loaded.`);
  }
}

/** Loads a folder of CSV files (UTF-8, with header), each into the table it is named after, with or without `.csv` behind it. */
@Injectable()
export class TableFiles {
  constructor(private readonly updater: TableUpdater) {}

  /**
   * Appends all files in one transaction. The same folder content is loaded once, however many workers start and however often.
   * @throws {TableFileInvalidError | CatalogMismatchError | LoadFailedError | WarehouseUnavailableError}
   */
  async append(folder: string, schema: string, signal: AbortSignal): Promise<readonly TableChange[]> {
    const staged: StagedTable[] = [];
    for (const name of await filesOf(folder)) staged.push(await stage(join(folder, name), parsePath(name).name, signal));
    const content = createHash('sha256').update(staged.map(({ table, fingerprint }) => `${table.name} ${fingerprint}\n`).join(''));
    const id = `insert-data:${content.digest('hex')}`;
    const requests = staged.map((table): UpdateRequest => ({
      id: `${id}:${table.table.name}`,
      schema,
      staged: table,
      strategy: { kind: 'append' },
      locks: LOCKS,
    }));
    return this.updater.updateAll(requests, { signal });
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => {
    throw new TableFileInvalidError(folder, 'cannot be read as a folder');
  });
  const names = entries.filter((name) => !name.startsWith('.')).sort();
  // Links are followed: a mounted volume may consist of nothing else.
  const isFile = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).isFile()));
  return names.filter((_, index) => isFile[index]);
}

/** Reads the file once to know it; it is read again when it is loaded. */
async function stage(path: string, table: string, signal: AbortSignal): Promise<StagedTable> {
  const hash = createHash('sha256');
  let columns: readonly string[] | null = null;
  let rows = 0;
  for await (const record of records(path, signal)) {
    if (columns) rows += 1;
    columns ??= record;
    hash.update(JSON.stringify(record));
  }
  if (columns === null) throw new TableFileInvalidError(path, 'has no header');
  return {
    // The target's own types decide what the texts mean.
    table: { name: table, columns: columns.map((name) => ({ name, type: 'string' })) },
    rows,
    fingerprint: hash.digest('hex'),
    open: (opened) => ({ bytes: Readable.from(copyText(path, opened), { objectMode: false }), done: Promise.resolve() }),
  };
}

/** Records of one width, header first. A short one is filled up with nothing. */
async function* records(path: string, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  const parser = parse({ bom: true, record_delimiter: ['\r\n', '\n', '\r'], relax_column_count: true });
  pipeline(createReadStream(path), parser, () => undefined); // the loop below meets the error
  let width = 0;
  let row = 0;
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      signal.throwIfAborted();
      row += 1;
      if (row === 1) width = record.length;
      if (record.length > width) throw new TableFileInvalidError(path, `has more cells in record ${row} than in its header`);
      yield record.length === width ? record : [...record, ...Array.from({ length: width - record.length }, () => '')];
    }
  } catch (error) {
    if (error instanceof AppError || signal.aborted) throw error;
    throw new TableFileInvalidError(path, `cannot be read as CSV after record ${row}`);
  }
}

async function* copyText(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  let piece = '';
  let isHeader = true;
  for await (const record of records(path, signal)) {
    if (!isHeader) piece += `${record.map(copyCell).join(',')}\n`;
    isHeader = false;
    if (piece.length < PIECE_CHARS) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  if (piece !== '') yield Buffer.from(piece);
}

/** An unquoted nothing is null. */
const copyCell = (text: string): string => (isNullToken(text) ? '' : `"${text.replaceAll('"', '""')}"`);
