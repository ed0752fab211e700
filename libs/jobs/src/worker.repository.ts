import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

/** A worker that was silent this long is taken for dead. */
const ALIVE_WITHIN_MS = 30_000;

export interface WorkerInfo {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly concurrency: number;
  readonly queues: readonly string[];
  readonly startedAt: Date;
  readonly activeTasks: number;
}

/** Which workers live, as their heartbeats say. */
@Injectable()
export class WorkerRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async heartbeat(worker: { id: string; host: string; pid: number; concurrency: number; queues: readonly string[] }): Promise<void> {
    await this.dataSource.query(
      `insert into tributary.worker (id, host, pid, concurrency, queues) values ($1, $2, $3, $4, $5)
       on conflict (id) do update set heartbeat_at = now()`,
      [worker.id, worker.host, worker.pid, worker.concurrency, worker.queues],
    );
  }

  async remove(id: string): Promise<void> {
    await this.dataSource.query(`delete from tributary.worker where id = $1`, [id]);
  }

  async alive(): Promise<WorkerInfo[]> {
    return this.dataSource.query<WorkerInfo[]>(
      `select w.id, w.host, w.pid, w.concurrency, w.queues, w.started_at as "startedAt",
              (select count(*)::int from tributary.task t where t.owner = w.id and t.status = 'started') as "activeTasks"
         from tributary.worker w where w.heartbeat_at > now() - $1 * interval '1 ms' order by w.started_at`,
      [ALIVE_WITHIN_MS],
    );
  }

  async forgetDead(): Promise<void> {
    await this.dataSource.query(`delete from tributary.worker where heartbeat_at < now() - 10 * $1 * interval '1 ms'`, [ALIVE_WITHIN_MS]);
  }
}
