/** Tables that people upload: checked, loaded and read back over HTTP, beside `psql \copy` of the same file. */
import { execFile, spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, openAsBlob, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { databaseConfig, toLibpqEnvironment } from '@app/platform';
import { Pool } from 'pg';
import { Deployment } from './deployment';
import { median, peakMiB, report, seconds } from './measure';

const TABLE = 'bench_upload';
const COLUMNS = 20;
const MILLION_CELLS_ROWS = 1_000_000 / COLUMNS;
const UPLOAD_ROWS = 100_000;
/** Some 200 MB. */
const LARGE_ROWS = 1_100_000;
const ROUNDS = 5;
const MB = 1e6;
const run = promisify(execFile);

/** As templates have it: whole numbers, texts, dates month first, a truth value, a decimal number. */
const CELLS: readonly { readonly name: string; readonly type: string; readonly sql: string }[] = [
  ...Array.from({ length: 7 }, (_, k) => ({ name: `n${k}`, type: 'bigint', sql: `(i * ${k + 7919}) % 1000003` })),
  ...Array.from({ length: 8 }, (_, k) => ({ name: `t${k}`, type: 'varchar', sql: `'value ' || (i * ${k + 7}) % 100003` })),
  ...Array.from({ length: 3 }, (_, k) => ({
    name: `d${k}`,
    type: 'date',
    sql: `to_char(date '2020-01-01' + ((i * ${k + 1}) % 2000)::int, 'MM/DD/YYYY')`,
  })),
  { name: 'b0', type: 'boolean', sql: `case i % 3 when 0 then 'true' else 'false' end` },
  { name: 'f0', type: 'double precision', sql: 'i / 7.0::float8' },
];

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const deployment = new Deployment('bench_validation', 1, 0, 1);
  let pool: Pool | null = null;
  try {
    await deployment.start();
    const target = new Uploads(deployment, folder);
    pool = new Pool({ connectionString: deployment.databaseUrl, max: 1 });
    await pool.query(`create table ${TABLE} (${CELLS.map(({ name, type }) => `${name} ${type}`).join(', ')})`);
    await speed(target, pool);
    await memory(target, pool);
  } finally {
    await pool?.end();
    await deployment.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function speed(uploads: Uploads, pool: Pool): Promise<void> {
  const [million, upload] = [await uploads.write(MILLION_CELLS_ROWS), await uploads.write(UPLOAD_ROWS)];
  const times: Record<'copyMillion' | 'validate' | 'copy' | 'upload', number[]> = { copyMillion: [], validate: [], copy: [], upload: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    await pool.query(`truncate ${TABLE}; checkpoint`);
    times.copyMillion.push(await uploads.copy(million));
    times.validate.push(await seconds(() => uploads.validate(million)));
    await pool.query(`truncate ${TABLE}; checkpoint`);
    times.copy.push(await uploads.copy(upload));
    await pool.query(`truncate ${TABLE}; checkpoint`);
    times.upload.push(await seconds(() => uploads.load(upload)));
  }
  const [copyMillion, validate, copy, load] = Object.values(times).map(median) as [number, number, number, number];
  const line = (what: string, ours: number, theirs: number, target: string): void =>
    report(what, `${ours.toFixed(2)} s`, `${(ours / theirs).toFixed(1)} x of psql \\copy, ${theirs.toFixed(2)} s (target ${target})`);
  line(`validation of ${MILLION_CELLS_ROWS} rows x ${COLUMNS} columns`, validate, copyMillion, '3 s');
  line(`upload of ${UPLOAD_ROWS} rows x ${COLUMNS} columns, checked and loaded`, load, copy, '5 s');
}

async function memory(uploads: Uploads, pool: Pool): Promise<void> {
  const { deployment } = uploads;
  const file = await uploads.write(LARGE_ROWS);
  await pool.query(`truncate ${TABLE}`);
  const before = peakMiB(deployment.apiPid);
  const checked = await seconds(() => uploads.validate(file));
  report(`validation of ${(statSync(file).size / MB).toFixed(0)} MB`, `${checked.toFixed(1)} s`, apiMemory(before, deployment));
  const loaded = await seconds(() => uploads.load(file));
  report(
    'the same, checked and loaded',
    `${loaded.toFixed(1)} s`,
    `${apiMemory(before, deployment)}, worker ${peakMiB(deployment.workerPid)} MiB`,
  );
  let bytes = 0;
  const read = await seconds(async () => {
    const rows = (await fetch(`${deployment.url}/table/${TABLE}`)).body as AsyncIterable<Uint8Array> | null;
    for await (const chunk of rows ?? []) bytes += chunk.byteLength;
  });
  report(`GET /table of ${LARGE_ROWS} rows, ${(bytes / MB).toFixed(0)} MB`, `${read.toFixed(1)} s`, apiMemory(before, deployment));
}

const apiMemory = (before: number, { apiPid }: Deployment): string =>
  `API peak ${peakMiB(apiPid)} MiB, ${before} MiB before (target 400 MiB)`;

/** Sends files to a deployment as a dashboard does, and gives them to `psql` for comparison. */
class Uploads {
  private readonly env: NodeJS.ProcessEnv;

  constructor(
    readonly deployment: Deployment,
    private readonly folder: string,
  ) {
    this.env = { ...process.env, ...toLibpqEnvironment(databaseConfig.read({ DATABASE_URL: deployment.databaseUrl }).control) };
  }

  /** Made by the server, so that the file needs nothing but SQL. */
  async write(rows: number): Promise<string> {
    const file = join(this.folder, `${rows}.csv`);
    const select = CELLS.map(({ name, sql }) => `${sql} as ${name}`).join(', ');
    const sql = `copy (select ${select} from generate_series(1::bigint, ${rows}) i) to stdout (format csv, header)`;
    const psql = spawn('psql', ['-qc', sql], { env: this.env, stdio: ['ignore', 'pipe', 'inherit'] });
    await pipeline(psql.stdout, createWriteStream(file));
    return file;
  }

  copy(file: string): Promise<number> {
    return seconds(() => run('psql', ['-qc', `\\copy ${TABLE} from '${file}' (format csv, header)`], { env: this.env }));
  }

  async validate(file: string): Promise<void> {
    const { valid } = (await this.send(file, 'POST', `/table/${TABLE}/validate`)) as { valid: boolean };
    if (!valid) throw new Error('The file was found invalid.');
  }

  async load(file: string): Promise<void> {
    await this.deployment.finished((await this.send(file, 'POST', `/table/${TABLE}`)) as string);
  }

  private async send(file: string, method: string, path: string): Promise<unknown> {
    const body = new FormData();
    body.set('data', await openAsBlob(file), 'table.csv');
    body.set('content-type', 'text/csv');
    body.set('json', '{}');
    const answer = await fetch(`${this.deployment.url}${path}`, { method, body });
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}

void main();
