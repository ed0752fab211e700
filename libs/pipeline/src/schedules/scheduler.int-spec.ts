import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Test, type TestingModule } from '@nestjs/testing';
import { getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm';
import { sourcePoolConfig } from '@app/ingestion';
import { idempotencyConfig, JobsModule, jobsConfig } from '@app/jobs';
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
import { createTestDatabase, createTestRedis, type TestDatabase, type TestRedis } from '@app/testing';
import { codeConfig } from '@app/transform';
import { DefinitionEntity } from '../definitions/definition.entity';
import { DefinitionService } from '../definitions/definition.service';
import { redcapSyncConfig } from '../redcap/redcap-sync.config';
import { RunEntity, RunStageEntity } from '../runs/run.entity';
import { RunKeys } from '../runs/run-keys';
import { RunService } from '../runs/run.service';
import { Connectors } from '../stages/connectors';
import { EffectiveSchedules } from './effective-schedule';
import { FiringLog } from './firing-log';
import { ScheduleEntity, ScheduleFiringEntity } from './schedule.entity';
import { ScheduleService } from './schedule.service';
import { Scheduler } from './scheduler';
import { schedulerConfig } from './scheduler.config';

const ENTITIES = [DefinitionEntity, RunEntity, RunStageEntity, ScheduleEntity, ScheduleFiringEntity];
const PROVIDERS = [Connectors, DefinitionService, RunKeys, RunService, EffectiveSchedules, FiringLog, ScheduleService, Scheduler];
const NIGHTLY = {
  name: 'nightly',
  source: { kind: 'redcap' },
  transform: { kind: 'mapping' },
  schedule: { cron: '0 2 * * *', timeZone: 'UTC' },
};

/** After everything the tests create; not far, since the cron library looks eight years ahead at most. */
const NEXT_YEAR = new Date().getUTCFullYear() + 1;
const on = (day: number, time = '02:00:01'): Date => new Date(`${NEXT_YEAR}-05-0${day}T${time}Z`);

describe('Scheduler (postgres, redis)', () => {
  let test: TestDatabase;
  let redis: TestRedis;
  let folder: string;
  let app: TestingModule;
  let scheduler: Scheduler;
  let schedules: ScheduleService;

  beforeAll(async () => {
    [test, redis, folder] = await Promise.all([createTestDatabase(), createTestRedis(), mkdtemp(join(tmpdir(), 'scheduler-'))]);
    Object.assign(process.env, {
      DATABASE_URL: test.url,
      REDIS_URL: redis.url,
      OBJECT_STORE_URL: pathToFileURL(folder).href,
      RELOAD_SCHEDULE: '1',
      SCHEDULE_RUN_TIME: '03:15',
      TZ: 'UTC',
    });
    const slices = [
      databaseConfig,
      redisConfig,
      objectStoreConfig,
      secretsConfig,
      jobsConfig,
      idempotencyConfig,
      redcapSyncConfig,
      codeConfig,
      sourcePoolConfig,
      schedulerConfig,
    ];
    const imports = [
      configModule(slices),
      SecretsModule,
      StagingModule,
      ControlDatabaseModule,
      JobsModule.client(),
      TypeOrmModule.forFeature(ENTITIES),
    ];
    app = await Test.createTestingModule({ imports, providers: PROVIDERS }).compile();
    scheduler = app.get(Scheduler);
    schedules = app.get(ScheduleService);
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([test.drop(), redis.drop(), rm(folder, { recursive: true })]);
  });
  beforeEach(async () => {
    await test.pool.query(
      'truncate tributary.definition, tributary.run, tributary.task, tributary.schedule, tributary.schedule_firing cascade',
    );
    await app.get(DefinitionService).put(NIGHTLY, 'test');
    await scheduler.look(on(1, '01:59:59'));
  });

  const firings = async (): Promise<(string | null)[][]> => {
    const { rows } = await test.pool.query<{ at: Date; outcome: string; reason: string | null }>(
      'select fires_at as at, outcome, reason from tributary.schedule_firing order by definition, fires_at',
    );
    return rows.map(({ at, outcome, reason }) => [at.toISOString().slice(8, 16), outcome, reason]);
  };
  const runs = async (): Promise<number> => (await test.pool.query('select from tributary.run')).rowCount ?? 0;

  it('fires once, however many workers look at the same time and afterwards', async () => {
    const parts = [
      schedulerConfig.KEY,
      getRepositoryToken(ScheduleEntity),
      EffectiveSchedules,
      FiringLog,
      DefinitionService,
      RunService,
    ] as const;
    const [config, states, effective, log, definitions, runService] = parts.map((part) => app.get<never>(part));
    const other = new Scheduler(config!, states!, effective!, log!, definitions!, runService!);
    await Promise.all([scheduler.look(on(1)), other.look(on(1)), other.look(on(1, '02:00:02'))]);
    await scheduler.look(on(1, '02:00:30'));
    expect(await firings()).toEqual([['01T02:00', 'fired', null]]);
    expect(await runs()).toBe(1);
    expect(await schedules.get('nightly')).toMatchObject({ lastFired: { firesAt: on(1, '02:00:00'), runId: expect.any(String) } });
  });

  it('fires the next day although the run of today failed (L13)', async () => {
    await scheduler.look(on(1));
    await test.pool.query(`update tributary.task set status = 'failed', ended_at = now()`);
    await scheduler.look(on(2));
    expect(await firings()).toEqual([['01T02:00', 'fired', null], ['02T02:00', 'fired', null]]); // prettier-ignore
    expect(await runs()).toBe(2);
  });

  it('records what was missed while no worker was up, and fires what is within the grace', async () => {
    await scheduler.look(on(4, '02:00:59'));
    expect(await firings()).toEqual([
      ['01T02:00', 'missed', 'late'],
      ['02T02:00', 'missed', 'late'],
      ['03T02:00', 'missed', 'late'],
      ['04T02:00', 'fired', null],
    ]);
    expect(await runs()).toBe(1);
  });

  it('starts what a worker had recorded before it died', async () => {
    await test.pool.query(`insert into tributary.schedule_firing (definition, fires_at, outcome) values ('nightly', $1, 'fired')`, [
      on(1, '02:00:00'),
    ]);
    await scheduler.look(on(1, '02:30:00'));
    expect(await firings()).toEqual([['01T02:00', 'fired', null]]);
    expect(await runs()).toBe(1);
  });

  it('records what a paused schedule missed, and goes on when it is resumed', async () => {
    await schedules.setPaused('nightly', true, 'ann');
    expect(await schedules.get('nightly')).toMatchObject({ paused: true, nextAt: null });
    await scheduler.look(on(1));
    await schedules.setPaused('nightly', false, 'ann');
    await scheduler.look(on(2));
    expect(await firings()).toEqual([['01T02:00', 'missed', 'paused'], ['02T02:00', 'fired', null]]); // prettier-ignore
  });

  it('lets an edit win over the definition until it is taken back', async () => {
    await schedules.edit('nightly', { cron: '0 12 * * *', timeZone: 'America/New_York' }, 'ann');
    await scheduler.look(on(1, '16:00:01'));
    await schedules.edit('nightly', null, 'ann');
    await scheduler.look(on(2));
    expect(await firings()).toEqual([['01T16:00', 'fired', null], ['02T02:00', 'fired', null]]); // prettier-ignore
    expect((await schedules.get('nightly')).schedule).toEqual({ ...NIGHTLY.schedule, origin: 'definition' });
  });

  it('records a firing that an edit came before', async () => {
    const hourAgo = new Date(Date.now() - 3_600_000);
    await schedules.edit('nightly', { cron: '*/10 * * * *' }, 'ann');
    await test.pool.query('update tributary.schedule set looked_at = $1', [hourAgo]);
    await schedules.edit('nightly', { cron: '0 4 * * *' }, 'ann');
    const missed = await firings();
    expect(missed.length).toBeGreaterThanOrEqual(5);
    expect(new Set(missed.map(([, outcome, reason]) => `${outcome} ${reason}`))).toEqual(new Set(['missed changed']));
    await test.pool.query(`update tributary.schedule set looked_at = $1`, [new Date()]);
    await schedules.edit('nightly', { cron: '0 4 * * *' }, 'ann');
    expect(await firings()).toEqual(missed);
  });

  it('takes the environment’s daily time for the pipeline redcap alone', async () => {
    await app.get(DefinitionService).put({ name: 'redcap', source: { kind: 'redcap' }, transform: { kind: 'mapping' } }, 'test');
    const [nightly, redcap] = await schedules.list();
    expect(nightly).toMatchObject({ definition: 'nightly', schedule: { origin: 'definition' } });
    expect(redcap).toMatchObject({ definition: 'redcap', schedule: { cron: '0 15 3 * * *', timeZone: 'UTC', origin: 'environment' } });
    await schedules.edit('redcap', { cron: '0 5 * * *', timeZone: 'Europe/Berlin' }, 'ann');
    expect(await schedules.get('redcap')).toMatchObject({ schedule: { cron: '0 5 * * *', timeZone: 'Europe/Berlin', origin: 'api' } });
  });

  it('fires what came due before anybody looked at a new pipeline, within the grace', async () => {
    await app.get(DefinitionService).put({ ...NIGHTLY, name: 'fresh' }, 'test');
    await scheduler.look(on(1, '02:00:20'));
    expect((await schedules.recentFirings('fresh')).map(({ outcome }) => outcome)).toEqual(['fired']);
  });

  it('looks at the others when one schedule cannot be read', async () => {
    await app.get(DefinitionService).put({ ...NIGHTLY, name: 'a-bad-one' }, 'test');
    await test.pool.query(
      `update tributary.definition set document = jsonb_set(document::jsonb, '{schedule,cron}', '"never"')::json where name = 'a-bad-one'`,
    );
    await scheduler.look(on(1));
    expect(await firings()).toEqual([['01T02:00', 'fired', null]]);
  });
});
