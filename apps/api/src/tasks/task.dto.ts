import { ApiProperty } from '@nestjs/swagger';
import type { TaskEntity } from '@app/jobs';

export class TaskIdsDto {
  @ApiProperty({ type: [String] })
  readonly job_ids!: string[];

  @ApiProperty({ type: [String], description: 'Always empty' })
  readonly expired_job_ids!: string[];
}

export class TaskListDto {
  @ApiProperty({ type: [String] })
  readonly queued!: string[];

  @ApiProperty()
  readonly started!: TaskIdsDto;

  @ApiProperty({ description: 'Those that ended in the last 500 s' })
  readonly finished!: TaskIdsDto;

  @ApiProperty({ description: 'Those of the last year' })
  readonly failed!: TaskIdsDto;

  @ApiProperty({ description: 'Always empty' })
  readonly deferred!: TaskIdsDto;
}

/** All values are texts; what is not there is the text `None`. */
export class TaskDto {
  @ApiProperty({ enum: ['queued', 'started', 'finished', 'failed', 'canceled'] })
  readonly status!: string;

  @ApiProperty({ example: 'reload.entrypoint' })
  readonly name!: string;

  @ApiProperty({ description: 'UTC, `YYYY-MM-DD HH:MM:SS.ffffff`' })
  readonly created_at!: string;

  @ApiProperty()
  readonly enqueued_at!: string;

  @ApiProperty()
  readonly started_at!: string;

  @ApiProperty()
  readonly ended_at!: string;

  @ApiProperty()
  readonly description!: string;

  @ApiProperty({ description: '`True`, `False` or `None`; what went wrong when the task failed' })
  readonly result!: string;
}

export const toTaskIds = (ids: string[]): TaskIdsDto => ({ job_ids: ids, expired_job_ids: [] });

export const toTaskDto = (task: TaskEntity): TaskDto => ({
  status: task.status,
  name: task.displayName,
  created_at: instant(task.createdAt),
  enqueued_at: instant(task.enqueuedAt),
  started_at: instant(task.startedAt),
  ended_at: instant(task.endedAt),
  description: task.description,
  result: task.status === 'failed' ? (task.error?.message ?? 'failed') : resultText(task.result),
});

/** Microseconds, left out when they are zero, as Python prints a time. */
export const instant = (at: Date | null): string => {
  if (at === null) return 'None';
  const [date = '', time = ''] = at.toISOString().slice(0, -1).split('T');
  return `${date} ${time.endsWith('.000') ? time.slice(0, -4) : `${time}000`}`;
};

const resultText = (result: TaskEntity['result']): string => {
  if (result === null) return 'None';
  if (typeof result === 'boolean') return result ? 'True' : 'False';
  return JSON.stringify(result);
};
