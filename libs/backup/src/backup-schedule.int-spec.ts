import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { JobsModule, jobsConfig } from '@app/jobs';
import { configModule, ControlDatabaseModule, databaseConfig, openObjectStore, redisConfig } from '@app/platform';
import { createTestDatabase, createTestRedis, type TestDatabase, type TestRedis } from '@app/testing';
import { BackupSchedule } from './backup-schedule';
import { backupConfig } from './backup.config';
import { BackupService } from './backup.service';
import { BackupStorage } from './storage/backup-storage';

const NIGHTLY = '30 2 * * *';

describe('BackupSchedule (postgres, redis)', () => {
  let database: TestDatabase;
  let redis: TestRedis;
  let folder: string;
  let workers: TestingModule[];

  beforeAll(async () => {
    [database, redis, folder] = await Promise.all([createTestDatabase(), createTestRedis(), mkdtemp(join(tmpdir(), 'backups-'))]);
    Object.assign(process.env, { DATABASE_URL: database.url, REDIS_URL: redis.url, BACKUP_SCHEDULE: NIGHTLY, SCHEDULES_ENABLED: 'true' });
    workers = await Promise.all([startWorker(), startWorker()]);
  });
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.close()));
    await Promise.all([database.drop(), redis.drop(), rm(folder, { recursive: true })]);
  });

  async function startWorker(): Promise<TestingModule> {
    const storage = new BackupStorage(openObjectStore({ url: `file://${folder}` }), '');
    const worker = await Test.createTestingModule({
      imports: [
        configModule([databaseConfig, redisConfig, jobsConfig, backupConfig]),
        ControlDatabaseModule,
        ScheduleModule.forRoot(),
        JobsModule.client(),
      ],
      providers: [{ provide: BackupStorage, useValue: storage }, BackupService, BackupSchedule],
    }).compile();
    return worker.init();
  }

  const fire = (worker: number, at: string): Promise<void> => workers[worker]!.get(BackupSchedule).fire(NIGHTLY, new Date(at));

  it('queues one backup a firing, however many workers see it and however late', async () => {
    const { rows: before } = await database.pool.query('select from tributary.task');
    expect(before).toEqual([]);
    await Promise.all([fire(0, '2030-05-01T02:30:00.000'), fire(1, '2030-05-01T02:30:00.004')]);
    await fire(1, '2030-05-01T02:29:59.999');
    await fire(0, '2030-05-01T02:31:40.000');
    await fire(1, '2030-05-02T02:30:00.000');
    const { rows } = await database.pool.query<{ display_name: string; payload: { origin: string } }>(
      'select display_name, payload from tributary.task',
    );
    expect(rows.map(({ display_name: name, payload }) => [name, payload.origin])).toEqual([
      ['reload.backUpDatabase', 'schedule'],
      ['reload.backUpDatabase', 'schedule'],
    ]);
  });

  it('waits for the next firing by its clock', () => {
    const next = workers[0]!.get(SchedulerRegistry).getCronJob('backup').nextDate().toJSDate();
    expect([next.getHours(), next.getMinutes(), next > new Date()]).toEqual([2, 30, true]);
  });

  it.each(['30 2 * *', '0 30 2 * * *', 'nightly', '0 0 30 2 *'])('refuses the schedule %s', (schedule) => {
    expect(() => backupConfig.read({ BACKUP_SCHEDULE: schedule })).toThrow('BACKUP_SCHEDULE');
  });

  it('fires nothing where schedules are off', () => {
    expect(backupConfig.read({ BACKUP_SCHEDULE: NIGHTLY, SCHEDULES_ENABLED: 'false' }).schedule).toBeNull();
  });
});
