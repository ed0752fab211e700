/** A staged CSV, transformed and published into an empty table, beside `psql \copy` of the same file. */
import { execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { Publisher, Warehouse } from '@app/persistence';
import { databaseConfig, toLibpqEnvironment, toPoolConfig, type Column, type StagedTable } from '@app/platform';
import { engineConfig } from '@app/pipeline';
import { chainTransform, DuckDbEngine, noTransform, parquetSource, stepKinds, type Plan } from '@app/transform';
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

/** A transform that touches every text; what else there is passes as the source wrote it. */
const STEPS = [
  {
    kind: 'config',
    config: {
      transformations: COLUMNS.filter(({ type }) => type === 'string').map(({ name }) => ({
        type: 'apply',
        column: name,
        function: 'strip',
      })),
    },
  },
];

interface StagedFile {
  readonly path: string;
  readonly sha256: string;
}

/** As a run compiles it of the parts that an extract has staged. */
function compile({ path, sha256 }: StagedFile, steps: readonly object[], workDir: string, signal: AbortSignal): Promise<Plan> {
  const columns = COLUMNS.map(({ name }) => name);
  const files = [{ path, format: 'csv' as const, columns, rows: ROWS, sha256 }];
  const input = { stream: 'input_data', files, columns, types: new Map(COLUMNS.map(({ name, type }) => [name, type])) };
  const context = { streams: new Map([[input.stream, input]]), workDir, signal, table: 'bench_load' };
  const chain = chainTransform(stepKinds(null));
  return steps.length > 0
    ? Promise.resolve(chain.compile(chain.configSchema.parse(steps), context))
    : Promise.resolve(noTransform.compile({}, context));
}

async function main(): Promise<void> {
  const { warehouse } = databaseConfig.read();
  const env = { ...process.env, ...toLibpqEnvironment(warehouse) };
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const pool = new Pool(toPoolConfig(warehouse));
  const file = join(folder, 'input.csv');
  try {
    const staged = { path: file, sha256: await writeInput(file, env) };
    const engine = new DuckDbEngine({ ...engineConfig.read(), spillRoot: join(folder, 'spill') });
    const publisher = new Publisher(new Warehouse(pool));
    const control = { signal: new AbortController().signal, progress: () => undefined };
    const empty = (): Promise<unknown> => pool.query(`drop table if exists bench_load; create table bench_load (${DDL}); checkpoint`);
    const baseline: number[] = [];
    const shaped: number[] = [];
    const passed: number[] = [];
    const work = join(folder, 'out');
    mkdirSync(work);
    const load = (steps: readonly object[]): Promise<void> => publish(engine, publisher, staged, steps, work, control);
    for (let round = 0; round < ROUNDS; round += 1) {
      await empty();
      baseline.push(await seconds(() => run('psql', ['-qc', `\\copy bench_load from '${file}' (format csv, header)`], { env })));
      await empty();
      shaped.push(await seconds(() => load(STEPS)));
      await empty();
      passed.push(await seconds(() => load([])));
    }
    report(`psql \\copy, ${ROWS} rows x ${COLUMNS.length} columns`, `${median(baseline).toFixed(2)} s`, 'baseline 1.00');
    const ratio = (times: readonly number[]): string =>
      `${(median(baseline) / median(times)).toFixed(2)} x of the baseline's speed (target 0.90)`;
    report('staged -> texts trimmed -> published into an empty table', `${median(shaped).toFixed(2)} s`, ratio(shaped));
    report('staged -> published into an empty table as it is', `${median(passed).toFixed(2)} s`, ratio(passed));
    report('unchanged again', `${(await seconds(() => load([]))).toFixed(2)} s`, '0 rows written');
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
  file: StagedFile,
  steps: readonly object[],
  outDir: string,
  control: { signal: AbortSignal; progress: () => void },
): Promise<void> {
  const plan = await compile(file, steps, outDir, control.signal);
  const { tables, streamed } = await engine.run(plan, { workDir: outDir }, outDir, control);
  const sources = [...tables.map((table) => ({ ...table, source: parquetSource(table.path) })), ...streamed];
  const staged: StagedTable[] = sources.map(({ table, rows, fingerprint, source }) => ({
    ...{ table, rows, fingerprint },
    open: (signal) => engine.copyRows(source, table.columns, signal),
  }));
  const request = { runId: randomUUID(), schema: 'public', tables: staged };
  const loaded = await publisher.load(request, control);
  await publisher.publish({ ...request, loaded, locks: [], allowShrink: false, dryRun: false }, control);
}

/** Made by the server, so that the file needs nothing but SQL. Returns its SHA-256. */
async function writeInput(file: string, env: NodeJS.ProcessEnv): Promise<string> {
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
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

void main();
