import { randomUUID } from 'node:crypto';
import { Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import {
  AppError,
  configModule,
  ControlDatabaseModule,
  currentLogContext,
  databaseConfig,
  redisConfig,
  withLogContext,
} from '@app/platform';
import { createTestDatabase, createTestRedis, eventually, type TestDatabase, type TestRedis } from '@app/testing';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Gates, type Gate } from '../test/gates';
import { jobsConfig } from './jobs.config';
import { JobsModule } from './jobs.module';
import { Processes } from './processor.registry';
import { defineTask, type TaskControl, type TaskPayload, type TaskProcessor } from './task-definition';
import type { TaskEntity } from './task.entity';
import { TaskService } from './task.service';
import { WorkerRepository } from './worker.repository';

/** A task that writes down what happened and does what its payload says. */
const probe = defineTask({
  name: 'probe',
  queue: 'pipeline',
  payload: z.object({
    name: z.string(),
    resource: z.string().optional(),
    behaviour: z.enum(['succeed', 'wait', 'fail', 'fail-once', 'fail-always']),
  }),
  locks: ({ resource }) => (resource ? [{ resource, mode: 'exclusive' as const }] : []),
});

class PassingError extends AppError {
  readonly code = 'source-unavailable';
  override readonly retryable = true;
}

class LastingError extends AppError {
  readonly code = 'input-invalid';
}

const events: string[] = [];
const correlationIds: (string | undefined)[] = [];
const gates = new Gates();
const gate = (name: string): Gate => gates.at(name);

@Injectable()
@Processes(probe)
class ProbeProcessor implements TaskProcessor<typeof probe> {
  async process({ name, behaviour }: TaskPayload<typeof probe>, { signal, progress }: TaskControl): Promise<boolean> {
    events.push(`start ${name}`);
    correlationIds.push(currentLogContext().correlationId);
    progress({ done: 1, total: 2, note: name });
    gate(name).enter();
    if (behaviour === 'wait') {
      await Promise.race([
        gate(name).opened,
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
      ]);
    }
    if (behaviour === 'fail') throw new LastingError('It cannot be done; do something else.');
    if (behaviour === 'fail-always') throw new PassingError('Away for good.');
    if (behaviour === 'fail-once' && events.filter((event) => event === `start ${name}`).length === 1)
      throw new PassingError('Away for a moment.');
    events.push(`end ${name}`);
    return true;
  }
}

const startWorker = async (): Promise<INestApplicationContext> => {
  @Module({
    imports: [
      configModule([databaseConfig, redisConfig, jobsConfig]),
      ControlDatabaseModule,
      ScheduleModule.forRoot(),
      JobsModule.worker([probe]),
    ],
    providers: [ProbeProcessor],
  })
  class TestModule {}
  const app = await Test.createTestingModule({ imports: [TestModule] }).compile();
  return app.init();
};

describe('Jobs (postgres, redis)', () => {
  let database: TestDatabase;
  let redis: TestRedis;
  let app: INestApplicationContext;
  let tasks: TaskService;

  beforeAll(async () => {
    [database, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
    Object.assign(process.env, {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      RETRY_DELAY: '0.05',
      REDIS_LOCK_TIMEOUT: '3600',
      TASK_TIME: '3600',
    });
    app = await startWorker();
    tasks = app.get(TaskService);
  });
  afterAll(async () => {
    gates.openAll();
    await app.close();
    await Promise.all([database.drop(), redis.drop()]);
  });
  beforeEach(() => {
    events.length = 0;
    correlationIds.length = 0;
    gates.clear();
  });

  const enqueue = async (payload: TaskPayload<typeof probe>, announced = true): Promise<string> => {
    const id = await tasks.create(probe, payload, { description: 'a probe' });
    if (announced) await tasks.announce(id, probe);
    return id;
  };
  /** In one transaction, so that no worker sees the task before it is as the test wants it. */
  const enqueueAs = (state: string, payload: TaskPayload<typeof probe>): Promise<string> =>
    app.get(DataSource).transaction(async (manager) => {
      const id = await tasks.create(probe, payload, { description: 'a probe', manager });
      await manager.query(`update tributary.task set ${state} where id = $1`, [id]);
      return id;
    });
  const ended = (id: string): Promise<TaskEntity> =>
    eventually(`task ${id} ends`, async () => {
      const task = await tasks.get(id);
      return task.endedAt && task;
    });

  it('does a task once and keeps its result', async () => {
    const task = await ended(await enqueue({ name: 'one', behaviour: 'succeed' }));
    expect(task).toMatchObject({ status: 'finished', result: true, attempt: 1, error: null });
    expect(task.startedAt && task.enqueuedAt).toBeTruthy();
    expect(events).toEqual(['start one', 'end one']);
  });

  it('runs tasks that want the same resource one after the other, in the order in which they were made, and others beside them (L11)', async () => {
    const first = await enqueue({ name: 'first', resource: 'r', behaviour: 'wait' });
    await gate('first').entered;
    const second = await enqueue({ name: 'second', resource: 'r', behaviour: 'succeed' });
    const third = await enqueue({ name: 'third', resource: 'r', behaviour: 'succeed' });
    await ended(await enqueue({ name: 'other', resource: 's', behaviour: 'succeed' }));
    expect((await tasks.get(second)).status).toBe('queued');
    gate('first').open();
    await Promise.all([first, second, third].map(ended));
    expect(events.filter((event) => !event.endsWith('other'))).toEqual([
      'start first',
      'end first',
      'start second',
      'end second',
      'start third',
      'end third',
    ]);
  });

  it('fails a task that has waited longer for a resource than it may (L11)', async () => {
    const holder = await enqueue({ name: 'holder', resource: 'w', behaviour: 'wait' });
    await gate('holder').entered;
    const waiting = await enqueueAs(`lock_wait_since = now() - interval '2 hours'`, { name: 'late', resource: 'w', behaviour: 'succeed' });
    expect(await ended(waiting)).toMatchObject({ status: 'failed', error: { code: 'lock-not-available' } });
    gate('holder').open();
    expect((await ended(holder)).status).toBe('finished');
    expect(events).toEqual(['start holder', 'end holder']);
  });

  it('finds tasks that the queue does not know', async () => {
    const task = await ended(await enqueue({ name: 'unannounced', behaviour: 'succeed' }, false));
    expect(task.status).toBe('finished');
  });

  it('finishes a running task and those that wait once each when Redis is emptied', async () => {
    const running = await enqueue({ name: 'running', resource: 'r', behaviour: 'wait' });
    await gate('running').entered;
    const waiting = await enqueue({ name: 'waiting', resource: 'r', behaviour: 'succeed' });
    await redis.empty();
    gate('running').open();
    expect((await Promise.all([running, waiting].map(ended))).map((task) => task.status)).toEqual(['finished', 'finished']);
    expect(events).toEqual(['start running', 'end running', 'start waiting', 'end waiting']);
  });

  it('takes over a task whose worker died', async () => {
    const dead = `status = 'started', owner = '${randomUUID()}', attempt = 1, started_at = now(), lease_until = now() - interval '1 s'`;
    const id = await enqueueAs(dead, { name: 'orphan', behaviour: 'succeed' });
    const task = await ended(id);
    expect(task).toMatchObject({ status: 'finished', recoveries: 1, attempt: 1 });
  });

  it('leaves a task alone while its worker gives signs of life', async () => {
    const alive = `status = 'started', owner = '${randomUUID()}', lease_until = now() + interval '1 hour'`;
    const id = await enqueueAs(alive, { name: 'held', resource: 'h', behaviour: 'succeed' });
    await tasks.announce(id, probe);
    await ended(await enqueue({ name: 'free', behaviour: 'succeed' }));
    expect(events).not.toContain('start held');
  });

  it('tries again after a failure that may pass', async () => {
    const task = await ended(await enqueue({ name: 'flaky', behaviour: 'fail-once' }));
    expect(task).toMatchObject({ status: 'finished', attempt: 2, error: null });
  });

  it('waits longer before each try and gives up after MAX_RETRIES (C-88)', async () => {
    const task = await ended(await enqueue({ name: 'broken', behaviour: 'fail-always' }));
    expect(task).toMatchObject({ status: 'failed', attempt: 4, error: { code: 'source-unavailable' } });
    expect(events.filter((event) => event === 'start broken')).toHaveLength(4);
    // 50, 100 and 200 ms lie between the four tries.
    expect((task.endedAt?.getTime() ?? 0) - (task.startedAt?.getTime() ?? 0)).toBeGreaterThanOrEqual(350);
  });

  it('works under the correlation id of the request that made the task (C-90)', async () => {
    const id = await withLogContext({ correlationId: 'c-1' }, () => enqueue({ name: 'traced', behaviour: 'succeed' }));
    expect((await ended(id)).correlationId).toBe('c-1');
    await ended(await enqueue({ name: 'untraced', behaviour: 'succeed' }));
    expect(correlationIds).toEqual(['c-1', undefined]);
  });

  it('counts what a worker did, and shows what it does', async () => {
    const workers = app.get(WorkerRepository);
    const [before] = await workers.alive();
    await ended(await enqueue({ name: 'counted', behaviour: 'succeed' }));
    await ended(await enqueue({ name: 'counted too', behaviour: 'fail' }));
    const id = await enqueue({ name: 'shown', behaviour: 'wait' });
    await gate('shown').entered;
    const [after] = await workers.alive();
    gate('shown').open();
    await ended(id);
    expect(after).toMatchObject({
      tasksSucceeded: (before?.tasksSucceeded ?? 0) + 1,
      tasksFailed: (before?.tasksFailed ?? 0) + 1,
      activeTasks: 1,
      currentTasks: [{ taskId: id, name: 'probe' }],
    });
    expect(after?.rssBytes).toBeGreaterThan(0);
  });

  it('does not repeat a failure that lasts, and keeps its words', async () => {
    const task = await ended(await enqueue({ name: 'hopeless', behaviour: 'fail' }));
    expect(task).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { code: 'input-invalid', message: 'It cannot be done; do something else.' },
    });
  });

  it('never starts a task that was cancelled while it waited', async () => {
    const holder = await enqueue({ name: 'holder', resource: 'c', behaviour: 'wait' });
    await gate('holder').entered;
    const cancelled = await enqueue({ name: 'cancelled', resource: 'c', behaviour: 'succeed' });
    expect(await tasks.cancelIfQueued(cancelled)).toBe(true);
    expect(await tasks.cancelIfQueued(cancelled)).toBe(false);
    gate('holder').open();
    await ended(holder);
    await ended(await enqueue({ name: 'after', resource: 'c', behaviour: 'succeed' }));
    expect((await tasks.get(cancelled)).status).toBe('canceled');
    expect(events).not.toContain('start cancelled');
  });

  it('leaves a running task alone unless it is asked to stop it', async () => {
    const id = await enqueue({ name: 'busy', behaviour: 'wait' });
    await gate('busy').entered;
    expect(await tasks.cancelIfQueued(id)).toBe(false);
    expect((await tasks.get(id)).status).toBe('started');
    await tasks.cancel(id);
    expect((await ended(id)).status).toBe('canceled');
  });

  it('ends a task that takes too long', async () => {
    const task = await ended(await enqueueAs('timeout_ms = 100', { name: 'slow', behaviour: 'wait' }));
    expect(task).toMatchObject({ status: 'failed', error: { code: 'task-timeout' } });
  });

  it('hands back what it holds when it stops, and another worker finishes it', async () => {
    const second = await startWorker();
    await app.close();
    const id = await enqueueBy(second, { name: 'moved', behaviour: 'wait' });
    await gate('moved').entered;
    const third = await startWorker();
    await second.close();
    app = third;
    tasks = app.get(TaskService);
    gate('moved').open();
    expect(await ended(id)).toMatchObject({ status: 'finished', recoveries: 0 });
    expect(events.filter((event) => event === 'end moved')).toHaveLength(1);
  });

  const enqueueBy = async (by: INestApplicationContext, payload: TaskPayload<typeof probe>): Promise<string> => {
    const service = by.get(TaskService);
    const id = await service.create(probe, payload, { description: 'a probe' });
    await service.announce(id, probe);
    return id;
  };
});
