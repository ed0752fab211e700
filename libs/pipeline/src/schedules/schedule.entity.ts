import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { MissedReason } from './due-firings';

/** What people changed about a definition's schedule, and how far workers have looked at it. */
@Entity({ name: 'schedule' })
export class ScheduleEntity {
  @PrimaryColumn('text')
  definition!: string;

  @Column('boolean', { default: false })
  paused!: boolean;

  /** In place of the definition's own; null leaves that. */
  @Column('text', { nullable: true })
  cron!: string | null;

  @Column('text', { name: 'time_zone', nullable: true })
  timeZone!: string | null;

  /** Firings up to here are recorded. */
  @Column('timestamptz', { name: 'looked_at' })
  lookedAt!: Date;

  @Column('text', { name: 'changed_by', nullable: true })
  changedBy!: string | null;

  @Column('timestamptz', { name: 'changed_at', nullable: true })
  changedAt!: Date | null;
}

/** One instant at which a schedule was due. */
@Entity({ name: 'schedule_firing' })
export class ScheduleFiringEntity {
  @PrimaryColumn('text')
  definition!: string;

  @PrimaryColumn('timestamptz', { name: 'fires_at' })
  firesAt!: Date;

  @Column('text')
  outcome!: 'fired' | 'missed';

  /** Null when it fired. */
  @Column('text', { nullable: true })
  reason!: MissedReason | null;

  /** Null while the run is being started, and when it was missed. */
  @Column('uuid', { name: 'run_id', nullable: true })
  runId!: string | null;

  @Column({ type: 'timestamptz', name: 'recorded_at', insert: false })
  recordedAt!: Date;
}
