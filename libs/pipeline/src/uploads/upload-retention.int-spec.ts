import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JobsModule, jobsConfig, TaskService } from '@app/jobs';
import { configModule, ControlDatabaseModule, databaseConfig, openObjectStore, redisConfig, type ObjectStore } from '@app/platform';
import { createTestDatabase, createTestRedis, type TestDatabase, type TestRedis } from '@app/testing';
import { loadUploadTask } from './load-upload.task';
import { UploadRetention } from './upload-retention';
import { UploadStore } from './upload-store';

const DAY_MS = 24 * 3_600_000;

describe('UploadRetention (postgres, redis)', () => {
  let database: TestDatabase;
  let redis: TestRedis;
  let folder: string;
  let app: INestApplicationContext;
  let objects: ObjectStore;
  let retention: UploadRetention;

  beforeAll(async () => {
    [database, redis, folder] = await Promise.all([createTestDatabase(), createTestRedis(), mkdtemp(join(tmpdir(), 'uploads-'))]);
    Object.assign(process.env, { DATABASE_URL: database.url, REDIS_URL: redis.url });
    @Module({ imports: [configModule([databaseConfig, redisConfig, jobsConfig]), ControlDatabaseModule, JobsModule.client()] })
    class TestModule {}
    app = await NestFactory.createApplicationContext(TestModule, { logger: false, abortOnError: false });
    objects = openObjectStore({ url: pathToFileURL(folder).href });
    retention = new UploadRetention(new UploadStore(objects), app.get(TaskService));
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([database.drop(), redis.drop(), rm(folder, { recursive: true })]);
  });

  const uploadWithTask = async (): Promise<string> => {
    const id = randomUUID();
    await objects.put(`uploads/${id}/rows.csv`, Buffer.from('1\n'));
    await app.get(TaskService).create(loadUploadTask, { uploadId: id, table: 'site' }, { id, description: 'append rows of table site' });
    return id;
  };
  const kept = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const id of objects.folders('uploads/')) ids.push(id);
    return ids;
  };

  it('removes uploads after a week unless their task is still to be done', async () => {
    const [open, cancelled] = [await uploadWithTask(), await uploadWithTask()];
    const orphan = randomUUID();
    await objects.put(`uploads/${orphan}/rows.csv`, Buffer.from('1\n'));
    await app.get(TaskService).cancel(cancelled);
    await retention.sweep(new Date(Date.now() + 6 * DAY_MS));
    expect((await kept()).sort()).toEqual([open, cancelled, orphan].sort());
    await retention.sweep(new Date(Date.now() + 8 * DAY_MS));
    expect(await kept()).toEqual([open]);
  });
});
