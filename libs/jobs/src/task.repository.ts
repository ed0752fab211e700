import type { Failure } from '@app/platform';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository, type EntityManager } from 'typeorm';
import type { TaskProgress, TaskResult } from './task-definition';
import { TaskEntity, type TaskStatus } from './task.entity';

/** How long a claim holds without a sign of life from its worker. */
export const LEASE_MS = 10_000;

const OPEN = `status in ('queued', 'started')`;
/** `o` and `t` want the same resource and at least one of them alone. */
const CONFLICT = `(o.exclusive_locks && (t.exclusive_locks || t.shared_locks) or o.shared_locks && t.exclusive_locks)`;
const AVAILABLE = `t.available_at <= now() and (t.lease_until is null or t.lease_until < now())`;

/** A task that may be worked on now, and what distinguishes this chance from earlier ones. */
export interface Claimable {
  readonly id: string;
  readonly queue: string;
  readonly chance: string;
}

/** Every change of a task's state. Each is one statement, so that it happened or did not, whatever dies. */
@Injectable()
export class TaskRepository {
  constructor(@InjectRepository(TaskEntity) private readonly tasks: Repository<TaskEntity>) {}

  async insert(task: Partial<TaskEntity>, manager: EntityManager = this.tasks.manager): Promise<void> {
    await manager.insert(TaskEntity, task as object);
  }

  find(id: string): Promise<TaskEntity | null> {
    return this.tasks.findOneBy({ id });
  }

  findByIdempotencyKey(idempotencyKey: string): Promise<TaskEntity | null> {
    return this.tasks.findOneBy({ idempotencyKey });
  }

  async idsIn(status: TaskStatus, endedWithinMs?: number): Promise<string[]> {
    const query = this.tasks.createQueryBuilder('t').select('t.id', 'id').where('t.status = :status', { status });
    if (endedWithinMs !== undefined) query.andWhere(`t.ended_at > now() - :ms * interval '1 ms'`, { ms: endedWithinMs });
    return (await query.orderBy('t.seq').getRawMany<{ id: string }>()).map((row) => row.id);
  }

  countOpen(): Promise<number> {
    return this.tasks.countBy({ status: In(['queued', 'started']) });
  }

  async markEnqueued(id: string): Promise<void> {
    await this.run(`update tributary.task set enqueued_at = coalesce(enqueued_at, now()) where id = $1`, [id]);
  }

  /**
   * Takes the task for `owner` if it is due, nobody holds it, and no earlier task wants the same resource:
   * conflicting tasks run in the order in which they were made.
   */
  async claim(id: string, owner: string): Promise<TaskEntity | null> {
    const rows = await this.run(
      `update tributary.task t
          set owner = $2, lease_until = now() + $3 * interval '1 ms', recoveries = recoveries + (status = 'started')::int
        where t.id = $1 and t.${OPEN} and ${AVAILABLE}
          and not exists (select 1 from tributary.task o
                           where o.seq < t.seq and o.${OPEN} and (o.status = 'started' or o.available_at <= now()) and ${CONFLICT})
        returning id`,
      [id, owner, LEASE_MS],
    );
    return rows.length > 0 ? this.find(id) : null;
  }

  /** From claimed to started; false when it was cancelled or lost meanwhile. */
  async start(id: string, owner: string): Promise<boolean> {
    const rows = await this.run(
      `update tributary.task set status = 'started', started_at = coalesce(started_at, now()), attempt = attempt + (status = 'queued')::int, lock_wait_since = null, error = null
        where id = $1 and owner = $2 and ${OPEN} and cancel_requested_at is null returning id`,
      [id, owner],
    );
    return rows.length > 0;
  }

  /** Renews the lease. `held` is false when the task is no longer ours. */
  async heartbeat(id: string, owner: string): Promise<{ held: boolean; cancelRequested: boolean }> {
    const rows = await this.run<{ cancel_requested_at: Date | null }>(
      `update tributary.task set lease_until = now() + $3 * interval '1 ms' where id = $1 and owner = $2 and ${OPEN} returning cancel_requested_at`,
      [id, owner, LEASE_MS],
    );
    return { held: rows.length > 0, cancelRequested: rows[0]?.cancel_requested_at != null };
  }

  async progress(id: string, owner: string, progress: TaskProgress): Promise<void> {
    await this.run(`update tributary.task set progress = $3 where id = $1 and owner = $2`, [id, owner, JSON.stringify(progress)]);
  }

  async finish(id: string, owner: string, result: TaskResult): Promise<void> {
    await this.end(id, owner, 'finished', `result = $4`, JSON.stringify(result));
  }

  async fail(id: string, owner: string, failure: Failure): Promise<void> {
    await this.end(id, owner, 'failed', `error = $4`, JSON.stringify({ code: failure.code, message: failure.message }));
  }

  async cancelStarted(id: string, owner: string): Promise<void> {
    await this.end(id, owner, 'canceled', `error = $4`, null);
  }

  /** Back to the queue, to be taken again after `delayMs`. */
  async handBack(id: string, owner: string, delayMs: number, failure: Failure | null): Promise<void> {
    await this.run(
      `update tributary.task set status = 'queued', owner = null, lease_until = null, available_at = now() + $3 * interval '1 ms', error = $4
        where id = $1 and owner = $2 and ${OPEN}`,
      [id, owner, delayMs, failure && JSON.stringify({ code: failure.code, message: failure.message })],
    );
  }

  /** Ends a task that has not started, so that it never will. */
  async cancelQueued(id: string): Promise<boolean> {
    const rows = await this.run(
      `update tributary.task set status = 'canceled', ended_at = now(), owner = null, lease_until = null where id = $1 and status = 'queued' returning id`,
      [id],
    );
    return rows.length > 0;
  }

  async requestCancel(id: string): Promise<void> {
    await this.run(`update tributary.task set cancel_requested_at = coalesce(cancel_requested_at, now()) where id = $1 and ${OPEN}`, [id]);
  }

  /** Open tasks that nobody holds and nobody earlier stands before, in order. */
  claimable(limit: number): Promise<Claimable[]> {
    return this.run<Claimable>(
      `select t.id, t.queue, concat_ws('-', t.attempt, t.recoveries, (extract(epoch from t.lease_until) * 1000)::bigint) as chance
         from tributary.task t
        where t.${OPEN} and ${AVAILABLE}
          and not exists (select 1 from tributary.task o
                           where o.seq < t.seq and o.${OPEN} and (o.status = 'started' or o.available_at <= now()) and ${CONFLICT})
        order by t.seq limit $1`,
      [limit],
    );
  }

  /** Starts the clock of tasks that stand first in line behind a running one, and fails those that waited too long. */
  async expireLockWaits(timeoutMs: number, failure: Failure): Promise<void> {
    await this.run(
      `update tributary.task t set lock_wait_since = now()
        where t.status = 'queued' and t.lock_wait_since is null and t.available_at <= now()
          and exists (select 1 from tributary.task o where o.seq < t.seq and o.status = 'started' and ${CONFLICT})
          and not exists (select 1 from tributary.task o where o.seq < t.seq and o.status = 'queued' and o.available_at <= now() and ${CONFLICT})`,
      [],
    );
    await this.run(
      `update tributary.task set status = 'failed', ended_at = now(), error = $2
        where status = 'queued' and owner is null and lock_wait_since < now() - $1 * interval '1 ms'`,
      [timeoutMs, JSON.stringify({ code: failure.code, message: failure.message })],
    );
  }

  /** Forgets ended tasks. */
  async purge(finishedForMs: number, otherForMs: number): Promise<void> {
    await this.run(
      `delete from tributary.task where (status = 'finished' and ended_at < now() - $1 * interval '1 ms')
          or (status in ('failed', 'canceled') and ended_at < now() - $2 * interval '1 ms')`,
      [finishedForMs, otherForMs],
    );
  }

  /** Ends the task and counts it for its worker, in one statement. */
  private async end(id: string, owner: string, status: TaskStatus, outcome: string, value: string | null): Promise<void> {
    await this.run(
      `with ended as (
         update tributary.task set status = $3, ${outcome}, ended_at = now(), owner = null, lease_until = null
          where id = $1 and owner = $2 and ${OPEN} returning id)
       update tributary.worker
          set tasks_succeeded = tasks_succeeded + ($3 = 'finished')::int, tasks_failed = tasks_failed + ($3 = 'failed')::int
        where id = $2 and exists (select 1 from ended)`,
      [id, owner, status, value],
    );
  }

  private async run<Row>(sql: string, parameters: unknown[]): Promise<Row[]> {
    const result: unknown = await this.tasks.query(sql, parameters);
    // TypeORM answers an UPDATE … RETURNING with [rows, count] and a SELECT with the rows.
    const rows = Array.isArray(result) && Array.isArray(result[0]) && typeof result[1] === 'number' ? result[0] : result;
    return rows as Row[];
  }
}
