import { ApiProperty } from '@nestjs/swagger';
import type { WorkerInfo } from '@app/jobs';

const MS_PER_SECOND = 1000;

/** One worker's statistics; also those of all workers together. */
export interface WorkerStatistics {
  readonly tasks_processed: number;
  readonly tasks_succeeded: number;
  readonly tasks_failed: number;
  /** 0 to 1; 0 before the first task. */
  readonly success_rate: number;
  readonly uptime_seconds: number;
  /** Seconds since 1970; null when no worker ever gave one. */
  readonly last_heartbeat: number | null;
  readonly is_healthy: boolean;
}

export class WorkerDto {
  @ApiProperty({ example: 'worker@host-a:4711' })
  readonly name!: string;

  @ApiProperty({ type: Object, description: 'pid, uptime, concurrency, queues, memory, and what it did since its start' })
  readonly stats!: WorkerStatistics & Readonly<Record<string, unknown>>;

  @ApiProperty({ description: 'Tasks at work' })
  readonly active_tasks!: number;

  @ApiProperty({ description: 'Tasks that wait for their time; any worker will take them' })
  readonly scheduled_tasks!: number;

  @ApiProperty({ description: 'Tasks it has taken that wait for a resource in use' })
  readonly reserved_tasks!: number;

  @ApiProperty({ type: [Object], description: '`{task_id, name, started_at}`' })
  readonly current_tasks!: readonly Readonly<Record<string, unknown>>[];
}

export class WorkersDto {
  @ApiProperty({ type: [WorkerDto] })
  readonly workers!: WorkerDto[];

  @ApiProperty()
  readonly total!: number;
}

export class WorkersHealthDto {
  @ApiProperty({ enum: ['healthy', 'unhealthy'] })
  readonly status!: 'healthy' | 'unhealthy';

  @ApiProperty({ type: Object, required: false, description: '`{status, stats, timestamp}`' })
  readonly result?: unknown;

  @ApiProperty({ type: String, required: false })
  readonly error?: string;
}

export const toWorkerDto = (worker: WorkerInfo, scheduledTasks: number): WorkerDto => ({
  name: `worker@${worker.host}:${worker.pid}`,
  stats: {
    pid: worker.pid,
    uptime: Math.round(worker.uptimeSeconds),
    concurrency: worker.concurrency,
    queues: worker.queues,
    memory_bytes: worker.rssBytes,
    ...statisticsOf([worker]),
  },
  active_tasks: worker.activeTasks,
  scheduled_tasks: scheduledTasks,
  reserved_tasks: worker.reservedTasks,
  current_tasks: worker.currentTasks.map(({ taskId, name, startedAt }) => ({ task_id: taskId, name, started_at: startedAt })),
});

/** Over workers that are alive: those that gave a sign of life in the last 30 s. */
export function statisticsOf(workers: readonly WorkerInfo[]): WorkerStatistics {
  const succeeded = workers.reduce((sum, worker) => sum + worker.tasksSucceeded, 0);
  const failed = workers.reduce((sum, worker) => sum + worker.tasksFailed, 0);
  const processed = succeeded + failed;
  const heartbeats = workers.map(({ heartbeatAt }) => heartbeatAt.getTime() / MS_PER_SECOND);
  return {
    tasks_processed: processed,
    tasks_succeeded: succeeded,
    tasks_failed: failed,
    success_rate: processed === 0 ? 0 : succeeded / processed,
    uptime_seconds: Math.max(0, ...workers.map(({ uptimeSeconds }) => uptimeSeconds)),
    last_heartbeat: heartbeats.length === 0 ? null : Math.max(...heartbeats),
    is_healthy: workers.length > 0,
  };
}
