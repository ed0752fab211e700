/** Tables of PostgreSQL and MariaDB, from a request to the API until their rows are published, beside what `psql` takes for them. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { databaseConfig, type DatabaseConnection, parseDatabaseUrl, toLibpqEnvironment, toUrl } from '@app/platform';
import { createConnection } from 'mysql2/promise';
import { Pool } from 'pg';
import { Deployment } from './deployment';
import { median, peakMiB, report, seconds } from './measure';

const POSTGRES_ROWS = Number(process.env['BENCH_ROWS'] ?? 5_000_000);
const MARIADB_ROWS = Number(process.env['BENCH_MARIADB_ROWS'] ?? 1_000_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const DATABASE = 'bench_database';
const TABLE = 'bench_wide';
const MARIADB_DATABASE = 'tributary_bench';
const run = promisify(execFile);

/** Twelve columns of every common kind, `i` being the number of the row. */
const POSTGRES_CELLS = `i::int as id, 'name-' || i as name, i * 7 as n1, (i % 1000)::int as n2, (i / 7.0)::numeric(18, 6) as price,
  sqrt(i::float8) as root, date '2020-01-01' + (i % 2000)::int as day, timestamptz '2020-01-01+00' + i * interval '1 second' as at,
  i % 3 = 0 as flag, md5(i::text) as code, 'x' || i % 100 as kind, 'text "q" ' || i as note`;
const MARIADB_CELLS = `cast(seq as signed) as id, concat('name-', seq) as name, cast(seq * 7 as signed) as n1, cast(seq % 1000 as signed) as n2,
  cast(seq / 7 as decimal(18, 6)) as price, sqrt(seq) as root, date'2020-01-01' + interval seq % 2000 day as day,
  timestamp'2020-01-01 00:00:00' + interval seq second as at, seq % 3 = 0 as flag, md5(seq) as code,
  concat('x', seq % 100) as kind, concat('text "q" ', seq) as note`;

/** How long each stage of one run took, in seconds. */
type StageSeconds = Readonly<Record<string, number>>;

/** The same rows by `psql` and by a run, in turn, so that a machine that is busy for a while is so for both. */
interface Rounds {
  readonly baseline: readonly number[];
  readonly ours: readonly number[];
  readonly stages: readonly StageSeconds[];
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const deployment = new Deployment(DATABASE, 1, 0, 1);
  let pool: Pool | null = null;
  try {
    const mariadb = process.env['TEST_MARIADB_URL'];
    if (mariadb) process.env['CONNECTION_MARIADB'] = new URL(`/${MARIADB_DATABASE}`, mariadb).href;
    process.env['CONNECTION_POSTGRES'] = toUrl(databaseConfig.read().control.with({ database: DATABASE }));
    await deployment.start();
    pool = new Pool({ connectionString: deployment.databaseUrl, max: 1 });
    const target = new Target(pool, parseDatabaseUrl(deployment.databaseUrl));
    await fromPostgres(deployment, target);
    report('memory of the worker so far', `${peakMiB(deployment.workerPid)} MiB`, 'target 300 MiB');
    if (mariadb) await fromMariadb(deployment, target, mariadb, join(folder, 'rows.csv'));
    else report('MariaDB to PostgreSQL', 'skipped', 'TEST_MARIADB_URL names no server');
  } finally {
    await pool?.end();
    await deployment.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fromPostgres(deployment: Deployment, target: Target): Promise<void> {
  await target.fillSource(POSTGRES_ROWS);
  const copy = `psql -qc 'copy source.${TABLE} to stdout' | psql -qc 'copy ${TABLE} from stdin'`;
  const rounds = await compare(deployment, target, 'postgres', `select * from source.${TABLE}`, () => target.shell(copy));
  show(`PostgreSQL to PostgreSQL, ${POSTGRES_ROWS} rows x 12 columns`, rounds, POSTGRES_ROWS, 'psql COPY | psql COPY', '0.70');
}

async function fromMariadb(deployment: Deployment, target: Target, server: string, file: string): Promise<void> {
  const maria = await createConnection({ uri: server, multipleStatements: true });
  try {
    await maria.query(`drop database if exists ${MARIADB_DATABASE}; create database ${MARIADB_DATABASE} character set utf8mb4;
      use ${MARIADB_DATABASE}; create table ${TABLE} (primary key (id)) as select ${MARIADB_CELLS} from seq_1_to_${MARIADB_ROWS};
      analyze table ${TABLE}`);
    await target.fillSource(MARIADB_ROWS);
    await target.shell(`psql -qc "\\copy source.${TABLE} to '${file}' (format csv)"`);
    const copy = `psql -qc "\\copy ${TABLE} from '${file}' (format csv)"`;
    const rounds = await compare(deployment, target, 'mariadb', `select * from ${TABLE}`, () => target.shell(copy));
    show(`MariaDB to PostgreSQL, ${MARIADB_ROWS} rows x 12 columns`, rounds, MARIADB_ROWS, 'psql \\copy of a file', '0.50');
  } finally {
    await maria.query(`drop database if exists ${MARIADB_DATABASE}`);
    await maria.end();
  }
}

async function compare(
  deployment: Deployment,
  target: Target,
  connection: string,
  query: string,
  baseline: () => Promise<unknown>,
): Promise<Rounds> {
  const pipeline = `bench-${connection}`;
  await send(deployment, 'PUT', `/definitions/${pipeline}`, {
    name: pipeline,
    source: { kind: 'database', config: { connection, query } },
    target: { schema: 'public', table: TABLE },
    load: { strategy: 'append' },
  });
  const rounds = { baseline: [] as number[], ours: [] as number[], stages: [] as StageSeconds[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    await target.prepare(true);
    rounds.baseline.push(await seconds(baseline));
    await target.prepare(false);
    rounds.ours.push(
      await seconds(async () => {
        const { runId, taskId } = await send<{ runId: string; taskId: string }>(deployment, 'POST', '/runs', { pipeline });
        await deployment.finished(taskId);
        const { stages } = await send<{ stages: { name: string; durationMs: number }[] }>(deployment, 'GET', `/runs/${runId}`);
        rounds.stages.push(Object.fromEntries(stages.map(({ name, durationMs }) => [name, durationMs / 1000])));
      }),
    );
  }
  return rounds;
}

function show(what: string, { baseline, ours, stages }: Rounds, rows: number, by: string, least: string): void {
  const rate = (duration: number): string => `${Math.round(rows / duration / 1000)} k rows/s`;
  const [theirs, mine] = [median(baseline), median(ours)];
  report(by, `${theirs.toFixed(2)} s`, `${rate(theirs)}, baseline 1.00`);
  report(what, `${mine.toFixed(2)} s`, `${rate(mine)}, ${(theirs / mine).toFixed(2)} x of the baseline's speed (target ${least})`);
  const names = Object.keys(stages[0] ?? {});
  const parts = names.map((name) => `${name} ${median(stages.map((each) => each[name] ?? NaN)).toFixed(2)} s`);
  report('  of which', rate(median(stages.map(({ extract = NaN }) => extract))), parts.join(', '));
}

/** The database that the rows go to; for PostgreSQL it also holds them. */
class Target {
  constructor(
    private readonly pool: Pool,
    private readonly connection: DatabaseConnection,
  ) {}

  async fillSource(rows: number): Promise<void> {
    await this.pool.query(`drop schema if exists source cascade; create schema source;
      create table source.${TABLE} as select ${POSTGRES_CELLS} from generate_series(1::bigint, ${rows}) i;
      alter table source.${TABLE} add primary key (id)`);
    await this.pool.query(`vacuum analyze source.${TABLE}`);
  }

  /** `psql` needs a table; a run makes its own. */
  async prepare(isThere: boolean): Promise<void> {
    await this.pool.query(`drop table if exists ${TABLE}`);
    if (isThere) await this.pool.query(`create table ${TABLE} (like source.${TABLE})`);
    await this.pool.query('checkpoint');
  }

  shell(command: string): Promise<unknown> {
    return run('/bin/sh', ['-c', command], { env: { ...process.env, ...toLibpqEnvironment(this.connection) } });
  }
}

async function send<T>({ url }: Deployment, method: string, path: string, body?: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, { method, ...(body !== undefined && { headers, body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

void main();
