import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

/** A worker that was silent this long is taken for dead. */
const ALIVE_WITHIN_MS = 30_000;

/** What a worker is doing just now. */
export interface CurrentTask {
  readonly taskId: string;
  readonly name: string;
  readonly startedAt: string;
}

export interface WorkerInfo {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Tasks of one queue that it does at once. */
  readonly concurrency: number;
  readonly queues: readonly string[];
  readonly startedAt: Date;
  readonly heartbeatAt: Date;
  /** Seconds since its start. */
  readonly uptimeSeconds: number;
  /** Of its process, at the last heartbeat. */
  readonly rssBytes: number | null;
  /** Tasks that ended here since its start; what was tried again or cancelled counts as neither. */
  readonly tasksSucceeded: number;
  readonly tasksFailed: number;
  /** Tasks at work. */
  readonly activeTasks: number;
  /** Tasks it has taken that wait for a resource in use. */
  readonly reservedTasks: number;
  readonly currentTasks: readonly CurrentTask[];
}

/** What a worker says of itself. */
export interface WorkerSelf {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly concurrency: number;
  readonly queues: readonly string[];
  readonly rssBytes: number;
}

/** Which workers live and what they did, as they all can see. */
@Injectable()
export class WorkerRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async heartbeat(worker: WorkerSelf): Promise<void> {
    await this.dataSource.query(
      `insert into tributary.worker (id, host, pid, concurrency, queues, rss_bytes) values ($1, $2, $3, $4, $5, $6)
       on conflict (id) do update set heartbeat_at = now(), rss_bytes = excluded.rss_bytes`,
      [worker.id, worker.host, worker.pid, worker.concurrency, worker.queues, worker.rssBytes],
    );
  }

  async remove(id: string): Promise<void> {
    await this.dataSource.query(`delete from tributary.worker where id = $1`, [id]);
  }

  /** Those that gave a sign of life in the last 30 s, the oldest first. */
  async alive(): Promise<WorkerInfo[]> {
    return this.dataSource.query<WorkerInfo[]>(
      `select w.id, w.host, w.pid, w.concurrency, w.queues, w.started_at as "startedAt", w.heartbeat_at as "heartbeatAt",
              extract(epoch from now() - w.started_at)::float8 as "uptimeSeconds", w.rss_bytes::float8 as "rssBytes",
              w.tasks_succeeded::float8 as "tasksSucceeded", w.tasks_failed::float8 as "tasksFailed",
              count(t.id) filter (where t.status = 'started')::int as "activeTasks",
              count(t.id) filter (where t.status = 'queued')::int as "reservedTasks",
              coalesce(json_agg(json_build_object('taskId', t.id, 'name', t.display_name, 'startedAt', t.started_at) order by t.started_at)
                         filter (where t.status = 'started'), '[]') as "currentTasks"
         from tributary.worker w
         left join tributary.task t on t.owner = w.id and t.status in ('queued', 'started')
        where w.heartbeat_at > now() - $1 * interval '1 ms'
        group by w.id order by w.started_at`,
      [ALIVE_WITHIN_MS],
    );
  }

  /** Tasks that wait for their time, such as the next try of one that failed. Any worker will take them. */
  async scheduledTasks(): Promise<number> {
    const [row] = await this.dataSource.query<{ count: number }[]>(
      `select count(*)::int as count from tributary.task where status = 'queued' and available_at > now()`,
    );
    return row?.count ?? 0;
  }

  async forgetDead(): Promise<void> {
    await this.dataSource.query(`delete from tributary.worker where heartbeat_at < now() - 10 * $1 * interval '1 ms'`, [ALIVE_WITHIN_MS]);
  }
}
