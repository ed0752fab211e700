/** A drop of four CSV members, from a request to the API until its tables are published, beside what `tar | psql` takes for it. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parseDatabaseUrl, toLibpqEnvironment } from '@app/platform';
import { Pool } from 'pg';
import { Deployment } from './deployment';
import { median, peakMiB, report, seconds } from './measure';

const MEGABYTES = Number(process.env['BENCH_DROP_MB'] ?? 1000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const DATABASE = 'bench_drop';
const PIPELINE = 'bench-drop';
const KEY = 'client/bench/bench-export.tgz';
const WATCH_MS = 50;
const run = promisify(execFile);

interface Member {
  readonly name: string;
  /** Columns of the table; those of the file are the same, but for what is derived. */
  readonly columns: string;
  /** Cells of row `i`. */
  readonly cells: string;
  /** That a row takes, about. */
  readonly rowBytes: number;
  readonly keys?: object;
}

const MEMBERS: readonly Member[] = [
  {
    name: 'person',
    columns: 'id varchar(20), name varchar(60), born date, site varchar(10), weight numeric(8,2), note varchar(200)',
    cells: `lpad(i::text, 9, '0'), 'Name ' || md5(i::text), date '1930-01-01' + (i % 30000)::int, 'S' || i % 90, (i % 9000) / 100.0,
      case when i % 4 = 0 then null else 'said "yes", and left at ' || i end`,
    rowBytes: 105,
  },
  {
    name: 'visit',
    columns: 'id bigint, person varchar(20), at timestamp, ward varchar(20), reason text',
    cells: `i, lpad((i / 3)::text, 9, '0'), timestamp '2020-01-01' + i * interval '1 minute', 'W|' || i % 40, 'reason ' || repeat(md5(i::text), 2)`,
    rowBytes: 120,
  },
  {
    name: 'lab',
    columns: 'id bigint, visit bigint, code varchar(20), value double precision, unit varchar(20), final boolean',
    cells: `i, i / 5, 'LOINC-' || i % 5000, case when i % 7 = 0 then null else sqrt(i) end, 'mmol/L', i % 2 = 0`,
    rowBytes: 55,
  },
  {
    name: 'code',
    columns: 'id bigint, system varchar(60), code varchar(40), display varchar(200)',
    cells: `i, 'http://example.org/codes/' || i % 9, md5(i::text), 'Display of a code, ' || md5((i * 7)::text)`,
    rowBytes: 135,
  },
];

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const deployment = new Deployment(DATABASE, 1, 0, 1);
  let pool: Pool | null = null;
  try {
    await deployment.start();
    pool = new Pool({ connectionString: deployment.databaseUrl, max: 1 });
    await new Rounds(deployment, pool, folder).run();
  } finally {
    await pool?.end();
    await deployment.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

class Rounds {
  private readonly archive: string;

  constructor(
    private readonly deployment: Deployment,
    private readonly pool: Pool,
    private readonly folder: string,
  ) {
    this.archive = join(folder, 'drop.tgz');
  }

  async run(): Promise<void> {
    const bytes = await this.pack();
    await this.call('PUT', `/definitions/${PIPELINE}`, { name: PIPELINE, source: { kind: 'drop', config: CONFIG } });
    const [theirs, ours, disk]: [number[], number[], number[]] = [[], [], []];
    let stages = '';
    for (let round = 0; round < ROUNDS; round += 1) {
      await this.empty();
      theirs.push(
        await seconds(() =>
          this.shell(`tar xzf ${this.archive} --to-command='psql -qc "\\copy ${TABLE} from stdin (format csv, header)"'`),
        ),
      );
      const before = await this.fingerprint();
      await this.empty();
      this.deliver();
      const watch = new DiskWatch(this.deployment.storeFolder, KEY);
      ours.push(await seconds(async () => void (stages = await this.load())));
      disk.push(await watch.stop());
      if ((await this.fingerprint()) !== before) throw new Error('The tables are not those that psql made.');
    }
    const rate = (duration: number): string => `${Math.round(bytes / 1e6 / duration)} MB/s`;
    const [baseline, mine] = [median(theirs), median(ours)];
    report('tar xz | psql \\copy', `${baseline.toFixed(2)} s`, `${rate(baseline)}, baseline 1.00`);
    report(
      `drop of ${Math.round(bytes / 1e6)} MB in four members`,
      `${mine.toFixed(2)} s`,
      `${rate(mine)}, ${(baseline / mine).toFixed(2)} x of the baseline's speed (target 0.60)`,
    );
    report('  of which', '', stages);
    report('memory of the worker', `${peakMiB(this.deployment.workerPid)} MiB`, 'target 300 MiB');
    const staged = (Math.max(...disk) - statSync(this.archive).size) / bytes;
    report('disk, beside the drop and its copy', `${staged.toFixed(2)} x`, 'of what it unpacks to (target 1.10: no member twice)');
  }

  /** Returns how much it unpacks to. */
  private async pack(): Promise<number> {
    const each = (MEGABYTES * 1e6) / MEMBERS.length;
    for (const { name, cells, rowBytes } of MEMBERS)
      await this.shell(
        `psql -qc "\\copy (select ${cells.replace(/\s+/g, ' ').replaceAll('"', '\\"')} from generate_series(1, ${Math.round(each / rowBytes)}) i) to '${join(this.folder, name)}.csv' (format csv, header)"`,
      );
    const files = MEMBERS.map(({ name }) => `${name}.csv`);
    const bytes = files.reduce((sum, file) => sum + statSync(join(this.folder, file)).size, 0);
    await this.shell(`tar czf ${this.archive} -C ${this.folder} ${files.join(' ')}`);
    for (const file of files) rmSync(join(this.folder, file));
    return bytes;
  }

  /** The same bytes with another time are the same drop; so each round asks for it again by its key. */
  private deliver(): void {
    const path = join(this.deployment.storeFolder, 'drops', KEY);
    mkdirSync(join(path, '..'), { recursive: true });
    copyFileSync(this.archive, path);
    utimesSync(path, new Date(), new Date());
  }

  private async load(): Promise<string> {
    const { runId, taskId } = await this.call<{ runId: string; taskId: string }>('POST', '/runs', {
      pipeline: PIPELINE,
      parameters: { replay: KEY },
    });
    await this.deployment.finished(taskId);
    const { stages } = await this.call<{ stages: { name: string; durationMs: number }[] }>('GET', `/runs/${runId}`);
    return stages.map(({ name, durationMs }) => `${name} ${(durationMs / 1000).toFixed(2)} s`).join(', ');
  }

  private async empty(): Promise<void> {
    await this.pool.query('create schema if not exists bench');
    for (const { name, columns } of MEMBERS)
      await this.pool.query(`drop table if exists bench.${name}; create table bench.${name} (${columns})`);
    await this.pool.query('checkpoint');
  }

  private async fingerprint(): Promise<string> {
    const sums = MEMBERS.map(({ name }) => `(select count(*) || '/' || sum(hash_record_extended(t, 0)) from bench.${name} t) as ${name}`);
    return JSON.stringify((await this.pool.query(`select ${sums.join(', ')}`)).rows);
  }

  private shell(command: string): Promise<unknown> {
    const env = { ...process.env, ...toLibpqEnvironment(parseDatabaseUrl(this.deployment.databaseUrl)) };
    return run('/bin/sh', ['-c', command], { env });
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.deployment.url}${path}`, { method, ...(body && { headers, body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}

/** `tar` tells the shell it starts which member it is at. */
const TABLE = 'bench.${TAR_FILENAME%.csv}';

const CONFIG = {
  bucket: 'drops',
  source: 'client',
  destination: 'processed',
  directory: 'bench',
  doc: 'bench-export.*',
  schema: 'bench',
  truncate: true,
  target: { kind: 'postgres' },
  blank_text: 'null',
  files: Object.fromEntries(
    MEMBERS.map(({ name, columns, keys }) => {
      const names = columns
        .replace(/\([^)]*\)/g, '')
        .split(', ')
        .map((column) => column.split(' ', 1)[0] ?? '');
      return [name, { dbtable: name, column_count: names.length, columns: names, ...keys }];
    }),
  ),
};

/** Watches how much is added to a folder, one file left aside. */
class DiskWatch {
  private most = 0;
  private readonly before: number;
  private isOver = false;
  private readonly watching: Promise<void>;

  constructor(
    private readonly folder: string,
    private readonly except: string,
  ) {
    this.before = this.size();
    this.watching = this.watch();
  }

  /** The most bytes that were added at once. */
  async stop(): Promise<number> {
    this.isOver = true;
    await this.watching;
    return this.most;
  }

  private async watch(): Promise<void> {
    while (!this.isOver) {
      this.most = Math.max(this.most, this.size() - this.before);
      await delay(WATCH_MS);
    }
  }

  /** Files come and go meanwhile; what is gone is not counted. */
  private size(folder = this.folder): number {
    const sizes = entries(folder).map((name) => {
      const path = join(folder, name);
      const found = statSync(path, { throwIfNoEntry: false });
      if (found?.isDirectory()) return this.size(path);
      return path.endsWith(this.except) ? 0 : (found?.size ?? 0);
    });
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

void main();
