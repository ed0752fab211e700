import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTestDatabase, createTestRedis, type TestRedis } from '@app/testing';
import { Pool } from 'pg';
import { ApiClient } from './api-client';
import { freePort, ProcessUnderTest } from './process-under-test';

const API = 'apps/api/src/main.js';
const WORKER = 'apps/worker/src/main.js';
const STUDY = join(__dirname, '../samples/study');
const DRAIN_MS = 15_000;
const POOL_SIZE = 5;

type Environment = Readonly<Record<string, string>>;

export interface PlatformOptions {
  /** A database of the caller's own in place of a new one on the test server. */
  readonly databaseUrl?: string;
  /** What every process is told beside, or in place of, the sample study's settings. An empty text unsets. */
  readonly env?: Environment;
}

/**
 * A deployment of one test file: its own database, Redis database, object store and ports, and as many API and worker
 * processes as it starts. Authentication is off unless `env` says otherwise.
 */
export class PlatformUnderTest {
  private readonly processes: ProcessUnderTest[] = [];

  private constructor(
    /** The control database, which is also the warehouse. */
    readonly pool: Pool,
    readonly redis: TestRedis,
    /** Everything the processes write to disk is below it. */
    readonly folder: string,
    private readonly env: Environment,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async create({ databaseUrl, env = {} }: PlatformOptions = {}): Promise<PlatformUnderTest> {
    const redis = await createTestRedis();
    const database = databaseUrl === undefined ? await createTestDatabase({ migrated: false }) : null;
    const url = databaseUrl ?? database?.url ?? '';
    const pool = database?.pool ?? new Pool({ connectionString: url, max: POOL_SIZE });
    // A test may take the server away; the pool replaces what it loses.
    pool.on('error', () => undefined);
    const folder = mkdtempSync(join(tmpdir(), 'tributary-e2e-'));
    const settings = {
      DATABASE_URL: url,
      REDIS_URL: redis.url,
      OBJECT_STORE_URL: pathToFileURL(join(folder, 'store')).href,
      TRANSFORM_SPILL_DIR: join(folder, 'spill'),
      API_HOST: '127.0.0.1',
      AUTH_MODE: 'disabled',
      LOG_LEVEL: 'DEBUG',
      CREATE_TABLES: '1',
      BATCH_SIZE: '50',
      MAPPING_PATH: join(STUDY, 'mapping.json'),
      AUXILIARY_PATH: join(STUDY, 'auxiliary'),
      FILTER_PATH: join(STUDY, 'filter'),
      BLOCK_PATH: join(STUDY, 'block'),
    };
    return new PlatformUnderTest(pool, redis, folder, { ...settings, ...env }, () => database?.drop() ?? pool.end());
  }

  /** Starts an API and resolves to a client of it once it answers. */
  async startApi(env: Environment = {}, headers: Environment = {}): Promise<ApiClient> {
    const port = await freePort();
    const client = new ApiClient(`http://127.0.0.1:${port}`, headers);
    const api = this.start(API, { ...env, PORT: String(port) });
    await api.ready(() =>
      client.send('GET', '/health').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    return client;
  }

  /** Starts a worker and resolves once it takes tasks. */
  async startWorker(env: Environment = {}): Promise<ProcessUnderTest> {
    const worker = this.start(WORKER, env);
    return worker.ready(() => worker.output.includes('worker ready'));
  }

  /** An API and a worker, started together. */
  async startBoth(env: Environment = {}): Promise<{ api: ApiClient; worker: ProcessUnderTest }> {
    const [api, worker] = await Promise.all([this.startApi(env), this.startWorker(env)]);
    return { api, worker };
  }

  /** Ends every worker that lives. */
  async endWorkers(signal: NodeJS.Signals): Promise<void> {
    await Promise.all(this.processes.filter(({ script }) => script === WORKER).map((worker) => worker.end(signal)));
  }

  /** All that any of its processes, living or dead, has written. */
  get output(): string {
    return this.processes.map((process) => process.output).join('\n');
  }

  get pids(): readonly number[] {
    return this.processes.map((process) => process.pid);
  }

  /** Whatever the processes have staged, by path below the object store. */
  get storeFolder(): string {
    return join(this.folder, 'store');
  }

  /** Stops every process and removes everything. */
  async dispose(): Promise<void> {
    const ends = await Promise.allSettled(this.processes.map((process) => this.stop(process)));
    await this.dropDatabase();
    await this.redis.drop();
    await rm(this.folder, { recursive: true, force: true });
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private start(script: string, env: Environment): ProcessUnderTest {
    const process = ProcessUnderTest.start(script, { ...this.env, ...env }, this.folder);
    this.processes.push(process);
    return process;
  }

  /** Kindly first; one that does not listen is killed, so that no test leaves a process behind, and reported. */
  private async stop(process: ProcessUnderTest): Promise<void> {
    try {
      await process.end('SIGTERM', DRAIN_MS);
    } catch (error) {
      await process.end('SIGKILL');
      throw error;
    }
  }
}
