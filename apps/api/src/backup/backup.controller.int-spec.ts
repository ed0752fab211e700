import { mkdtempSync } from 'node:fs';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { backupConfig, BackupModule, BACKUP_TASKS } from '@app/backup';
import { JobsModule, jobsConfig } from '@app/jobs';
import {
  configModule,
  ControlDatabaseModule,
  databaseConfig,
  objectStoreConfig,
  redisConfig,
  SecretsModule,
  secretsConfig,
  StagingModule,
} from '@app/platform';
import { createTestDatabase, createTestRedis, eventually, type TestDatabase, type TestRedis } from '@app/testing';
import type * as Serve from '../serve';

const UUID = /^"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"$/;

interface TaskBody {
  readonly status: string;
  readonly name: string;
  readonly result: string;
}

describe('the backup routes (postgres, redis)', () => {
  let database: TestDatabase;
  let redis: TestRedis;
  let api: NestFastifyApplication;
  let worker: TestingModule;
  let folder: string;

  beforeAll(async () => {
    [database, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
    folder = mkdtempSync(join(tmpdir(), 'tributary-backup-api-'));
    Object.assign(process.env, {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      OBJECT_STORE_URL: pathToFileURL(join(folder, 'store')).href,
      POSTGRES_DUMP_PATH: join(folder, 'dumps'),
      AUTH_MODE: 'disabled',
      LOG_LEVEL: 'CRITICAL',
    });
    @Module({
      imports: [
        configModule([databaseConfig, redisConfig, objectStoreConfig, secretsConfig, jobsConfig, backupConfig]),
        SecretsModule,
        StagingModule,
        ControlDatabaseModule,
        ScheduleModule.forRoot(),
        JobsModule.worker(BACKUP_TASKS),
        BackupModule.worker(),
      ],
    })
    class TestWorker {}
    // The modules read their settings while they are loaded.
    api = await jest.requireActual<typeof Serve>('../serve').createApi();
    await api.init();
    await api.getHttpAdapter().getInstance().ready();
    worker = await Test.createTestingModule({ imports: [TestWorker] }).compile();
    await worker.init();
    await database.pool.query(`create table public.visit (id int, note text); insert into public.visit values (1, 'first'), (2, 'second')`);
  });
  afterAll(async () => {
    await worker.close();
    await api.close();
    await Promise.all([database.drop(), redis.drop()]);
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    await rm(join(folder, 'dumps'), { recursive: true, force: true });
  });

  const send = async (method: 'GET' | 'POST' | 'DELETE', url: string) => {
    const answer = await api.inject({ method, url });
    return { status: answer.statusCode, type: answer.headers['content-type'], text: answer.body, body: JSON.parse(answer.body) as never };
  };
  const ended = (taskId: string): Promise<TaskBody> =>
    eventually(`task ${taskId} ends`, async () => {
      const body: TaskBody = (await send('GET', `/task/${taskId}`)).body;
      return body.status !== 'queued' && body.status !== 'started' && body;
    });
  const done = async (method: 'POST' | 'DELETE', url: string) => ended((await send(method, url)).body);
  const visits = async () =>
    (await database.pool.query<{ id: number; note: string }>('select id, note from public.visit order by id')).rows;
  const taskCount = async () => (await database.pool.query<{ n: number }>('select count(*)::int as n from tributary.task')).rows[0]?.n;

  it('back up under the current time, restore and delete, each as a task (A1)', async () => {
    const made = await send('POST', '/backup');
    expect(made).toMatchObject({ status: 200, type: 'application/json; charset=utf-8', text: expect.stringMatching(UUID) });
    expect(await ended(made.body)).toMatchObject({ status: 'finished', name: 'reload.backUpDatabase', result: 'True' });
    const names: string[] = (await send('GET', '/backup')).body;
    expect(names).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?$/)]);

    await database.pool.query(`update public.visit set note = 'changed'; create table public.later (id int)`);
    // Spaces and colons as the dashboard sends them.
    expect(await done('POST', `/restore/${names[0]?.replaceAll(' ', '%20')}`)).toMatchObject({
      status: 'finished',
      name: 'reload.restoreDatabase',
      result: 'True',
    });
    expect(await visits()).toEqual([
      { id: 1, note: 'first' },
      { id: 2, note: 'second' },
    ]);
    expect((await database.pool.query(`select to_regclass('public.later') as found`)).rows).toEqual([{ found: null }]);

    expect(await done('DELETE', `/backup/${encodeURIComponent(String(names[0]))}`)).toMatchObject({
      status: 'finished',
      name: 'reload.deleteBackup',
      result: 'True',
    });
    expect((await send('GET', '/backup')).body).not.toContain(names[0]);
  });

  it('list regular files, newest first, and nothing where there is no folder (A2)', async () => {
    expect(await send('GET', '/backup')).toMatchObject({ status: 200, body: [] });
    await mkdir(join(folder, 'dumps/redcap_data_dictionary'), { recursive: true });
    for (const [name, seconds] of [
      ['a', 10],
      ['b', 30],
      ['c', 20],
    ] as const) {
      await writeFile(join(folder, 'dumps', name), 'x');
      await utimes(join(folder, 'dumps', name), seconds, seconds);
    }
    expect((await send('GET', '/backup')).body).toEqual(['b', 'c', 'a']);
  });

  it.each(['no-such-file', '.hidden', '..%2Fdumps', 'a%5Cb', 'a%00b', '%20'])(
    'answer 404 to the name %s and queue nothing (A3)',
    async (name) => {
      const before = await taskCount();
      for (const [method, url] of [
        ['POST', `/restore/${name}`],
        ['DELETE', `/backup/${name}`],
        ['POST', `/backups/${name}/prove`],
        ['GET', `/backups/${name}`],
      ] as const) {
        expect((await send(method, url)).status).toBe(404);
      }
      expect(await taskCount()).toBe(before);
      expect(await visits()).toHaveLength(2);
    },
  );

  it('show a failed restore as failed, with its reason', async () => {
    await mkdir(join(folder, 'dumps'), { recursive: true });
    await writeFile(join(folder, 'dumps/notes.txt'), 'not a dump');
    const task = await done('POST', '/restore/notes.txt');
    expect(task).toMatchObject({
      status: 'failed',
      result: expect.stringMatching(/"notes.txt" cannot be used: it is neither.*The data was not touched\./),
    });
    expect(await visits()).toHaveLength(2);
  });

  it('tell what is known of each backup, and prove it', async () => {
    await done('POST', '/backup');
    const backups: { name: string }[] = (await send('GET', '/backups')).body;
    const verified = backups[0];
    const name = String(verified?.name);
    expect(verified).toMatchObject({
      state: 'verified',
      origin: 'request',
      format: 'archive',
      encrypted: false,
      sizeBytes: (await readFile(join(folder, 'dumps', name))).length,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      rows: 2,
      tables: [{ schema: 'public', table: 'visit', rows: 2 }],
      ageSeconds: expect.any(Number),
      provedAt: null,
    });
    const proof: { status: number; body: { taskId: string } } = await send('POST', `/backups/${encodeURIComponent(name)}/prove`);
    expect(proof.status).toBe(202);
    expect(await ended(proof.body.taskId)).toMatchObject({ status: 'finished', result: 'True' });
    expect((await send('GET', `/backups/${encodeURIComponent(name)}`)).body).toMatchObject({
      state: 'proved',
      provedAt: expect.any(String),
    });
  });

  it('know little of dumps of others until they are proved', async () => {
    await mkdir(join(folder, 'dumps'), { recursive: true });
    await writeFile(join(folder, 'dumps/old.sql'), 'anything');
    expect((await send('GET', '/backups')).body).toEqual([
      expect.objectContaining({
        name: 'old.sql',
        state: 'created',
        origin: 'external',
        sizeBytes: 8,
        rows: null,
        sha256: null,
        format: null,
      }),
    ]);
  });
});
