/** A staged CSV, transformed and published into an empty table, beside `psql \copy` of the same file. */
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { Publisher, Warehouse } from '@app/persistence';
import { databaseConfig, toLibpqEnvironment, toPoolConfig, type Column, type StagedTable } from '@app/platform';
import { engineConfig } from '@app/pipeline';
import { DuckDbEngine, parquetSource, type Plan } from '@app/transform';
import { Pool } from 'pg';
import { median, peakMiB, report, seconds } from './measure';

const ROWS = Number(process.env['BENCH_ROWS'] ?? 1_000_000);
const ROUNDS = 5;
const run = promisify(execFile);

const COLUMNS: readonly Column[] = [
  { name: 'id', type: 'integer' },
  ...Array.from({ length: 6 }, (_, i): Column => ({ name: `n${i}`, type: 'integer' })),
  ...Array.from({ length: 8 }, (_, i): Column => ({ name: `t${i}`, type: 'string' })),
  ...Array.from({ length: 3 }, (_, i): Column => ({ name: `d${i}`, type: 'date' })),
  { name: 'b0', type: 'boolean' },
  { name: 'f0', type: 'float' },
];
const TYPES = { integer: 'bigint', string: 'varchar', date: 'date', boolean: 'boolean', float: 'double precision' } as const;
const DDL = COLUMNS.map(({ name, type }) => `${name} ${TYPES[type as keyof typeof TYPES]}`).join(', ');

/** A transform that touches every column: texts trimmed, everything typed. */
const plan = (path: string): Plan => ({
  relations: [
    {
      kind: 'files',
      name: 'input',
      files: [{ path, format: 'csv', columns: COLUMNS.map(({ name }) => name) }],
      columns: COLUMNS.map(({ name }) => ({ source: name, name, type: 'string' })),
    },
    {
      kind: 'sql',
      name: 'shaped',
      sql: `select ${COLUMNS.map(({ name, type }) => (type === 'string' ? `trim(${name}) as ${name}` : name)).join(', ')} from input`,
    },
  ],
  outputs: [{ table: { name: 'bench_load', columns: COLUMNS }, relation: 'shaped' }],
  checks: [],
  issues: [],
  lineage: [],
  reports: {},
});

async function main(): Promise<void> {
  const { warehouse } = databaseConfig.read();
  const env = { ...process.env, ...toLibpqEnvironment(warehouse) };
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const pool = new Pool(toPoolConfig(warehouse));
  const file = join(folder, 'input.csv');
  try {
    await writeInput(file, env);
    const engine = new DuckDbEngine({ ...engineConfig.read(), spillRoot: join(folder, 'spill') });
    const publisher = new Publisher(new Warehouse(pool));
    const control = { signal: new AbortController().signal, progress: () => undefined };
    const empty = (): Promise<unknown> => pool.query(`drop table if exists bench_load; create table bench_load (${DDL}); checkpoint`);
    const baseline: number[] = [];
    const ours: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await empty();
      baseline.push(await seconds(() => run('psql', ['-qc', `\\copy bench_load from '${file}' (format csv, header)`], { env })));
      await empty();
      ours.push(await seconds(() => publish(engine, publisher, file, join(folder, 'out'), control)));
    }
    report(`psql \\copy, ${ROWS} rows x ${COLUMNS.length} columns`, `${median(baseline).toFixed(2)} s`, 'baseline 1.00');
    report(
      'staged -> transformed -> published into an empty table',
      `${median(ours).toFixed(2)} s`,
      `${(median(baseline) / median(ours)).toFixed(2)} x of the baseline's speed (target 0.90)`,
    );
    report(
      'unchanged again',
      `${(await seconds(() => publish(engine, publisher, file, join(folder, 'out'), control))).toFixed(2)} s`,
      '0 rows written',
    );
    report('peak memory of this process', `${peakMiB('self')} MiB`, 'target 600 MiB');
  } finally {
    await pool.query('drop table if exists bench_load');
    await pool.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function publish(
  engine: DuckDbEngine,
  publisher: Publisher,
  file: string,
  outDir: string,
  control: { signal: AbortSignal; progress: () => void },
): Promise<void> {
  const { tables } = await engine.run(plan(file), { workDir: outDir }, outDir, control);
  const staged: StagedTable[] = tables.map(({ table, rows, fingerprint, path }) => ({
    table,
    rows,
    fingerprint,
    open: (signal) => engine.copyRows(parquetSource(path), table.columns, signal),
  }));
  const request = { runId: randomUUID(), schema: 'public', tables: staged };
  const loaded = await publisher.load(request, control);
  await publisher.publish({ ...request, loaded, locks: [], allowShrink: false, dryRun: false }, control);
}

/** Made by the server, so that the file needs nothing but SQL. */
async function writeInput(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const cells = COLUMNS.map(({ name, type }, index) => {
    if (name === 'id') return `i::bigint as ${name}`;
    if (type === 'integer') return `(i * ${index + 7919}) % 1000003 as ${name}`;
    if (type === 'date') return `date '2020-01-01' + ((i * ${index}) % 2000)::int as ${name}`;
    if (type === 'boolean') return `i % 3 = 0 as ${name}`;
    if (type === 'float') return `i / 7.0 as ${name}`;
    return `'value ' || (i * ${index}) % 100003 as ${name}`;
  });
  const psql = spawn(
    'psql',
    ['-qc', `copy (select ${cells.join(', ')} from generate_series(1::bigint, ${ROWS}) i) to stdout (format csv, header)`],
    { env, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await pipeline(psql.stdout, createWriteStream(file));
}

void main();
