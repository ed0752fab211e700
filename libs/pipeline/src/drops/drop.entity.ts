import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { DropMember } from './drop-content';

export const DROP_STATES = ['DISCOVERED', 'CLAIMED', 'LOADED', 'MARKED', 'REJECTED', 'SUPERSEDED'] as const;
/** `MARKED`: loaded, and its good copy written. `REJECTED`: its bad copy written. The last three are final. */
export type DropState = (typeof DROP_STATES)[number];

export const DROP_OUTCOMES = ['waiting', 'working', 'loaded', 'rejected', 'superseded', 'interrupted'] as const;
export type DropOutcome = (typeof DROP_OUTCOMES)[number];

/** One content of an object, as one definition sees it. The target's own ledger is the truth about what is loaded. */
@Entity({ name: 'drop_object' })
export class DropObjectEntity {
  @PrimaryColumn('uuid', { insert: false })
  id!: string;

  @Column({ type: 'bigint', insert: false, update: false })
  seq!: string;

  /** The definition's name, which a configuration file gives by its base name. */
  @Column('text', { name: 'config_id' })
  configId!: string;

  @Column('text')
  bucket!: string;

  @Column('text')
  key!: string;

  @Column('text')
  etag!: string;

  @Column('bigint', { name: 'size_bytes' })
  sizeBytes!: string;

  @Column('timestamptz', { name: 'last_modified' })
  lastModified!: Date;

  @Column('text', { nullable: true })
  sha256!: string | null;

  @Column('text')
  state!: DropState;

  /** Under which the target may hold it: that of the last unit that was begun. */
  @Column('text', { name: 'unit_id', nullable: true })
  unitId!: string | null;

  /** The last run that worked on it, dry runs aside. */
  @Column('uuid', { name: 'run_id', nullable: true })
  runId!: string | null;

  @Column('int')
  attempt!: number;

  @Column({ type: 'timestamptz', name: 'discovered_at', insert: false })
  discoveredAt!: Date;

  @Column('timestamptz', { name: 'changed_at' })
  changedAt!: Date;
}

/** A table that an attempt loaded, or could not load. */
export interface DropTable {
  /** With its schema. */
  readonly table: string;
  readonly loaded: boolean;
  readonly inserted: number;
  readonly deleted: number;
}

/** What one run did with one drop. */
@Entity({ name: 'drop_attempt' })
export class DropAttemptEntity {
  @PrimaryColumn('uuid', { name: 'run_id' })
  runId!: string;

  @PrimaryColumn('uuid', { name: 'drop_id' })
  dropId!: string;

  @Column('int')
  ordinal!: number;

  @Column('text')
  outcome!: DropOutcome;

  /** Code of what is wrong with the drop, such as `TOO_FEW_COLUMNS`. */
  @Column('text', { nullable: true })
  finding!: string | null;

  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('jsonb')
  members!: readonly DropMember[];

  @Column('jsonb')
  tables!: readonly DropTable[];

  /** Key of the copy that marks the outcome. */
  @Column('text', { name: 'copied_to', nullable: true })
  copiedTo!: string | null;

  @Column('timestamptz', { name: 'began_at', nullable: true })
  beganAt!: Date | null;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;
}
