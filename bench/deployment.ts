import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { databaseConfig, toPoolConfig, toUrl, fromParts } from '@app/platform';
import { Pool } from 'pg';
import { studyMapping } from '../samples/study/study-mapping';

const DIST = join(__dirname, '..');
/** Seldom enough to cost the machine that is measured little. */
const POLL_MS = 100;
const READY_WITHIN_MS = 120_000;

/** A finished run as the API shows it. */
export interface FinishedRun {
  readonly seconds: number;
  readonly written: number;
  readonly rows: number;
}

/** API, worker and a sample REDCap project of a given size, on a database of their own. */
export class Deployment {
  private readonly processes: ChildProcess[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  /** Where the API answers; empty until it does. */
  url = '';
  /** Of the control database, which is also the warehouse. */
  databaseUrl = '';

  constructor(
    private readonly name: string,
    private readonly records: number,
    private readonly fields: number,
    private readonly batchSize: number,
  ) {}

  get workerPid(): number {
    return this.processes.at(-1)?.pid ?? 0;
  }

  get apiPid(): number {
    return this.processes.at(-2)?.pid ?? 0;
  }

  /** Where buckets and staged parts lie. */
  get storeFolder(): string {
    return join(this.folder, 'store');
  }

  async start(): Promise<void> {
    const server = databaseConfig.read().control;
    await this.asAdmin(`drop database if exists ${this.name} with (force)`, `create database ${this.name}`);
    const mapping = join(this.folder, 'mapping.json');
    writeFileSync(mapping, JSON.stringify(studyMapping(this.fields)));
    const [redcapPort, apiPort] = [await freePort(), await freePort()];
    const token = 'BENCHMARK0123456789';
    const database = fromParts({
      host: server.host,
      port: server.port,
      database: this.name,
      user: server.user,
      password: server.password?.reveal() ?? '',
    });
    this.databaseUrl = toUrl(database);
    const env = {
      ...process.env,
      DATABASE_URL: this.databaseUrl,
      OBJECT_STORE_URL: pathToFileURL(this.storeFolder).href,
      TRANSFORM_SPILL_DIR: join(this.folder, 'spill'),
      AUTH_MODE: 'disabled',
      PORT: String(apiPort),
      API_HOST: '127.0.0.1',
      MAPPING_PATH: mapping,
      REDCAP_URL_BASE: `http://127.0.0.1:${redcapPort}/api/`,
      REDCAP_APPLICATION_TOKEN: token,
      BATCH_SIZE: String(this.batchSize),
    };
    this.run('redcap', join(DIST, 'samples/redcap-server/main.js'), env, [
      '--port',
      String(redcapPort),
      '--generate',
      String(this.records),
      '--fields',
      String(this.fields),
    ]);
    await answers(`http://127.0.0.1:${redcapPort}/api/`, () => true);
    this.url = `http://127.0.0.1:${apiPort}`;
    this.run('api', join(DIST, 'apps/api/src/main.js'), env);
    this.run('worker', join(DIST, 'apps/worker/src/main.js'), env);
    await answers(`${this.url}/health`, (body) => body.includes('"status":"healthy"'));
  }

  /** From the request to the moment at which the task is seen to have ended. */
  async sync(): Promise<FinishedRun> {
    const began = performance.now();
    await this.finished((await (await fetch(`${this.url}/sync`, { method: 'POST' })).json()) as string);
    const seconds = (performance.now() - began) / 1000;
    const page = (await (await fetch(`${this.url}/runs?limit=1`)).json()) as {
      runs: { tables: { rows: number; inserted: number; deleted: number }[] }[];
    };
    const tables = page.runs[0]?.tables ?? [];
    const sum = (of: (table: (typeof tables)[number]) => number): number => tables.reduce((total, table) => total + of(table), 0);
    return { seconds, written: sum(({ inserted, deleted }) => inserted + deleted), rows: sum(({ rows }) => rows) };
  }

  /** Resolves when the task is seen to have ended well. */
  async finished(taskId: string): Promise<void> {
    for (;;) {
      const task = (await (await fetch(`${this.url}/task/${taskId}`)).json()) as { status: string; result: string };
      if (task.status === 'failed') throw new Error(`The task failed: ${task.result}`);
      if (task.status === 'finished') return;
      await delay(POLL_MS);
    }
  }

  async stop(): Promise<void> {
    for (const child of this.processes.reverse()) {
      if (child.exitCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await this.asAdmin(`drop database if exists ${this.name} with (force)`);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(name: string, script: string, env: NodeJS.ProcessEnv, args: string[] = []): void {
    const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(join(this.folder, `${name}.log`));
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    this.processes.push(child);
  }

  private async asAdmin(...statements: string[]): Promise<void> {
    const pool = new Pool({ ...toPoolConfig(databaseConfig.read().control), max: 1 });
    try {
      for (const statement of statements) await pool.query(statement);
    } finally {
      await pool.end();
    }
  }
}

async function answers(url: string, accepts: (body: string) => boolean): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS;
  while (Date.now() < until) {
    const body = await fetch(url).then(
      (response) => response.text(),
      () => null,
    );
    if (body !== null && accepts(body)) return;
    await delay(POLL_MS);
  }
  throw new Error(`${url} did not answer in time`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
