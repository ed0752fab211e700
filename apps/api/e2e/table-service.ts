import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createTestDatabase, createTestRedis, eventually, type TestDatabase, type TestRedis } from '@app/testing';
import type { QueryResultRow } from 'pg';
import type * as Serve from '../src/serve';

export const ADMIN_KEY = 'an-admin-key-of-the-tests';

/** A task as the dashboards see it. */
export interface TaskAnswer {
  readonly status: string;
  readonly name: string;
  readonly result: string;
}

export interface UploadOptions {
  readonly method?: 'POST' | 'PUT';
  readonly type?: string;
  readonly json?: string;
  readonly comments?: string;
}

/** The API listening on a port, a worker beside it, and private services below both. */
export class TableService {
  private constructor(
    private readonly database: TestDatabase,
    private readonly redis: TestRedis,
    private readonly folder: string,
    readonly api: NestFastifyApplication,
    readonly worker: INestApplicationContext,
    readonly url: string,
  ) {}

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<TableService> {
    const [database, redis, folder] = await Promise.all([createTestDatabase(), createTestRedis(), mkdtemp(join(tmpdir(), 'tables-'))]);
    Object.assign(process.env, {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      OBJECT_STORE_URL: `file://${folder}/store`,
      UPLOAD_SPOOL_DIR: join(folder, 'spool'),
      BOOTSTRAP_ADMIN_KEY: ADMIN_KEY,
      LOG_LEVEL: 'CRITICAL',
      RETRY_DELAY: '0.05',
      SCHEDULES_ENABLED: 'false',
      ...settings,
    });
    // The modules read their settings while they are loaded.
    const { createApi } = jest.requireActual<typeof Serve>('../src/serve');
    const api = await createApi();
    await api.listen(0, '127.0.0.1');
    const worker = await startWorker();
    return new TableService(database, redis, folder, api, worker, await api.getUrl());
  }

  async stop(): Promise<void> {
    await this.api.close();
    await this.worker.close();
    await Promise.all([this.database.drop(), this.redis.drop(), rm(this.folder, { recursive: true })]);
  }

  async sql<Row extends QueryResultRow>(text: string): Promise<Row[]> {
    return (await this.database.pool.query<Row>(text)).rows;
  }

  /** The column of a query's rows, in order. */
  async values(text: string): Promise<unknown[]> {
    const { rows } = await this.database.pool.query<unknown[]>({ text, rowMode: 'array' });
    return rows.map((row) => (row.length === 1 ? row[0] : row));
  }

  /** Runs a statement in a transaction that stays open until it is released. */
  async hold(statement: string): Promise<{ release: () => Promise<void> }> {
    const client = await this.database.pool.connect();
    await client.query(`begin; ${statement}`);
    const release = async (): Promise<void> => {
      await client.query('rollback');
      client.release();
    };
    return { release };
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { ...init, headers: { 'X-API-Key': ADMIN_KEY, ...Object.fromEntries(new Headers(init.headers)) } });
  }

  /** Sends a table as the dashboard does. `data` comes first, where the fields are not known yet. */
  upload(
    path: string,
    data: string | Uint8Array,
    { method = 'POST', type = 'text/csv', json = '{}', comments }: UploadOptions = {},
  ): Promise<Response> {
    const form = new FormData();
    form.set('data', new Blob([data]), 'table.csv');
    form.set('content-type', type);
    form.set('json', json);
    form.set('user', 'somebody');
    if (comments !== undefined) form.set('has_comments', comments);
    return this.fetch(path, { method, body: form });
  }

  /** Uploads, and waits for the task to end. */
  async load(path: string, data: string | Uint8Array, options: UploadOptions = {}): Promise<TaskAnswer> {
    const answer = await this.upload(path, data, options);
    const body: unknown = await answer.json();
    if (answer.status !== 200 || typeof body !== 'string')
      throw new Error(`The upload was answered ${answer.status} ${JSON.stringify(body)}`);
    return this.ended(body);
  }

  ended(taskId: string): Promise<TaskAnswer> {
    return eventually(`task ${taskId} ends`, async () => {
      const task = (await (await this.fetch(`/task/${taskId}`)).json()) as TaskAnswer;
      return task.status !== 'queued' && task.status !== 'started' && task;
    });
  }

  /** Messages of an upload that is refused. */
  async refusal(path: string, data: string | Uint8Array, options: UploadOptions = {}): Promise<unknown> {
    const answer = await this.upload(path, data, options);
    if (answer.status !== 400) throw new Error(`The upload was answered ${answer.status}`);
    return answer.json();
  }

  /** Files that uploads left in a folder of the service. */
  async filesIn(name: 'spool' | 'store'): Promise<string[]> {
    const entries = await readdir(join(this.folder, name), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map((entry) => entry.name);
  }
}

async function startWorker(): Promise<INestApplicationContext> {
  const { WorkerModule } = jest.requireActual<{ readonly WorkerModule: Type }>('../../worker/src/worker.module');
  const worker = await NestFactory.createApplicationContext(WorkerModule, { logger: false, abortOnError: false });
  return worker.init();
}
