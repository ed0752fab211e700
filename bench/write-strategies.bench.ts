/** Every way of writing into a filled table, beside `psql \copy` of the same file into the same table. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Publisher, Warehouse, type LoadRequest, type PublishRequest, type TableChange, type WriteStrategy } from '@app/persistence';
import { databaseConfig, toLibpqEnvironment, toPoolConfig, type Column, type StagedTable } from '@app/platform';
import { Pool } from 'pg';
import { median, report, seconds } from './measure';

const ROWS = Number(process.env['BENCH_ROWS'] ?? 1_000_000);
const ROUNDS = 3;
const CHANGED_SHARE = 0.01;
const run = promisify(execFile);

const COLUMNS: readonly Column[] = [
  { name: 'id', type: 'integer' },
  ...Array.from({ length: 6 }, (_, i): Column => ({ name: `n${i}`, type: 'integer' })),
  ...Array.from({ length: 8 }, (_, i): Column => ({ name: `t${i}`, type: 'string' })),
  ...Array.from({ length: 3 }, (_, i): Column => ({ name: `d${i}`, type: 'date' })),
  { name: 'b0', type: 'boolean' },
  { name: 'f0', type: 'float' },
];
const TYPES = { integer: 'bigint', string: 'text', date: 'date', boolean: 'boolean', float: 'double precision' } as const;
const DDL = COLUMNS.map(({ name, type }) => `${name} ${TYPES[type as keyof typeof TYPES]}`).join(', ');

interface Case {
  readonly name: string;
  readonly strategy: WriteStrategy;
  readonly options?: Partial<LoadRequest>;
  readonly isKeyed?: true;
  readonly file: 'rows' | 'changed';
  readonly target: string;
}

const CASES: readonly Case[] = [
  { name: 'append behind as many rows', strategy: { kind: 'append' }, file: 'rows', target: ' (target 1.00)' },
  { name: 'insert behind as many rows', strategy: { kind: 'insert' }, file: 'rows', target: ' (target 1.00)' },
  { name: 'append, proved by hash', strategy: { kind: 'append' }, options: { proof: 'hash' }, file: 'rows', target: '' },
  { name: 'truncate, readers never wait', strategy: { kind: 'truncate', onEmpty: 'keep' }, file: 'rows', target: '' },
  { name: 'truncate, space back at once', strategy: { kind: 'truncate', onEmpty: 'keep', lock: 'table' }, file: 'rows', target: '' },
  {
    name: `upsert, ${CHANGED_SHARE * 100} % changed`,
    strategy: { kind: 'upsert', keys: ['id'], updateMissing: 'keep' },
    isKeyed: true,
    file: 'changed',
    target: '',
  },
];

async function main(): Promise<void> {
  const { warehouse } = databaseConfig.read();
  const env = { ...process.env, ...toLibpqEnvironment(warehouse) };
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const pool = new Pool(toPoolConfig(warehouse));
  const publisher = new Publisher(new Warehouse(pool));
  const files = { rows: join(folder, 'rows.csv'), changed: join(folder, 'changed.csv') };
  const psql = (sql: string): Promise<unknown> => run('psql', ['-qc', sql], { env });
  const fill = async (isKeyed: boolean): Promise<void> => {
    await pool.query(`drop table if exists bench_write; create table bench_write (${DDL})`);
    await psql(`\\copy bench_write from '${files.rows}' (format csv)`);
    if (isKeyed) await pool.query('alter table bench_write add primary key (id)');
    await pool.query('vacuum analyze bench_write');
    await pool.query('checkpoint');
  };
  try {
    await psql(`\\copy (${rowsSql('0')}) to '${files.rows}' (format csv)`);
    await psql(`\\copy (${rowsSql(`(i % ${1 / CHANGED_SHARE} = 0)::int`)}) to '${files.changed}' (format csv)`);
    const baseline: number[] = [];
    const durations = CASES.map((): number[] => []);
    const changes = new Map<Case, TableChange | undefined>();
    // All of them in every round, so that a machine that is busy for a while is so for everybody.
    for (let round = 0; round < ROUNDS; round += 1) {
      await fill(false);
      baseline.push(await seconds(() => psql(`\\copy bench_write from '${files.rows}' (format csv)`)));
      for (const [index, benchmark] of CASES.entries()) {
        const { strategy, options, isKeyed, file } = benchmark;
        await fill(isKeyed === true);
        const work = async (): Promise<unknown> =>
          changes.set(benchmark, (await publish(publisher, staged(files[file]), { strategy, ...options }))[0]);
        durations[index]?.push(await seconds(work));
      }
    }
    report(`psql \\copy, ${ROWS} rows x ${COLUMNS.length} columns behind as many`, `${median(baseline).toFixed(2)} s`, 'baseline 1.00');
    for (const [index, benchmark] of CASES.entries()) {
      const duration = median(durations[index] ?? []);
      const change = changes.get(benchmark);
      const written = `${change?.inserted} inserted, ${change?.updated ?? 0} updated, ${change?.deleted} deleted`;
      const ratio = `${(median(baseline) / duration).toFixed(2)} x of the baseline's speed`;
      report(benchmark.name, `${duration.toFixed(2)} s`, `${ratio}; ${written}${benchmark.target}`);
    }
  } finally {
    await pool.query('drop table if exists bench_write');
    await pool.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function publish(publisher: Publisher, table: StagedTable, options: Partial<PublishRequest>): Promise<readonly TableChange[]> {
  const control = { signal: new AbortController().signal, progress: () => undefined };
  const request = { runId: randomUUID(), schema: 'public', tables: [table], ...options };
  const loaded = await publisher.load(request, control);
  const { tables } = await publisher.publish({ ...request, loaded, locks: [], allowShrink: false, dryRun: false }, control);
  await publisher.discard(request.runId);
  return tables;
}

const staged = (path: string): StagedTable => ({
  table: { name: 'bench_write', columns: COLUMNS },
  rows: ROWS,
  fingerprint: path,
  open: (signal) => ({ bytes: createReadStream(path, { signal }), done: Promise.resolve() }),
});

/** Made by the server, so that the file needs nothing but SQL. `change` is added to one of the numbers. */
function rowsSql(change: string): string {
  const cells = COLUMNS.map(({ name, type }, index) => {
    if (name === 'id') return `i::bigint as ${name}`;
    if (type === 'integer') return `(i * ${index + 7919}) % 1000003${name === 'n0' ? ` + ${change}` : ''} as ${name}`;
    if (type === 'date') return `date '2020-01-01' + ((i * ${index}) % 2000)::int as ${name}`;
    if (type === 'boolean') return `i % 3 = 0 as ${name}`;
    if (type === 'float') return `i / 7.0 as ${name}`;
    return `'value ' || (i * ${index}) % 100003 as ${name}`;
  });
  return `select ${cells.join(', ')} from generate_series(1::bigint, ${ROWS}) i`;
}

void main();
