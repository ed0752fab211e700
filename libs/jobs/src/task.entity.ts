import type { ErrorCode } from '@app/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TaskProgress, TaskResult } from './task-definition';

export const TASK_STATUSES = ['queued', 'started', 'finished', 'failed', 'canceled'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** A task as the control database keeps it: the truth about it. The queue's job only says "look at this row". */
@Entity({ name: 'task' })
export class TaskEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column({ type: 'bigint', insert: false, update: false })
  seq!: string;

  @Column('text')
  name!: string;

  /** The name that clients are shown. */
  @Column('text', { name: 'display_name' })
  displayName!: string;

  @Column('text')
  description!: string;

  @Column('text')
  queue!: string;

  @Column('jsonb')
  payload!: unknown;

  @Column('text', { name: 'exclusive_locks', array: true })
  exclusiveLocks!: string[];

  @Column('text', { name: 'shared_locks', array: true })
  sharedLocks!: string[];

  @Column('text')
  status!: TaskStatus;

  @Column('jsonb', { nullable: true })
  progress!: TaskProgress | null;

  @Column('jsonb', { nullable: true })
  result!: TaskResult;

  @Column('jsonb', { nullable: true })
  error!: { code: ErrorCode; message: string } | null;

  @Column('int')
  attempt!: number;

  @Column('int', { name: 'max_attempts' })
  maxAttempts!: number;

  /** How often a worker died or lost its lease while holding the task. */
  @Column('int')
  recoveries!: number;

  @Column('bigint', { name: 'timeout_ms' })
  timeoutMs!: string;

  @Column('timestamptz', { name: 'available_at' })
  availableAt!: Date;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'enqueued_at', nullable: true })
  enqueuedAt!: Date | null;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column('timestamptz', { name: 'cancel_requested_at', nullable: true })
  cancelRequestedAt!: Date | null;

  @Column('timestamptz', { name: 'lock_wait_since', nullable: true })
  lockWaitSince!: Date | null;

  @Column('uuid', { nullable: true })
  owner!: string | null;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil!: Date | null;

  /** The client's id for what belongs together; log lines of the task carry it. */
  @Column('text', { name: 'correlation_id', nullable: true })
  correlationId!: string | null;

  @Column('text', { name: 'idempotency_key', nullable: true })
  idempotencyKey!: string | null;
}
