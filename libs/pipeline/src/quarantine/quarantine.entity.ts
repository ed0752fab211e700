import type { Column as TableColumn } from '@app/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** `superseded`: a later run renewed the whole table and decided about its rows anew. */
export const QUARANTINE_STATES = ['waiting', 'replayed', 'superseded'] as const;
export type QuarantineState = (typeof QUARANTINE_STATES)[number];

/** A row that a run refused. Holds patients' values. */
@Entity({ name: 'quarantine' })
export class QuarantineEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column({ type: 'bigint', insert: false, update: false })
  seq!: string;

  @Column('uuid', { name: 'run_id' })
  runId!: string;

  /** What the run published the accepted rows under; rows of a run that did not publish are not replayed. */
  @Column('text')
  publication!: string;

  @Column('text', { name: 'definition_name' })
  definitionName!: string;

  @Column('text', { name: 'table_name' })
  tableName!: string;

  /** Of the table as the run made it, in order. */
  @Column('jsonb')
  columns!: readonly TableColumn[];

  /** Values by column, as PostgreSQL writes them. */
  @Column('jsonb')
  row!: Readonly<Record<string, string | null>>;

  /** Values that a person gave in place of the row's; they become the row's when it is replayed. */
  @Column('jsonb')
  edits!: Readonly<Record<string, string | null>>;

  /** Id of the first rule that the row breaks. */
  @Column('text')
  rule!: string;

  /** All that is wrong with the row, without its values. */
  @Column('text')
  message!: string;

  /** The dataset part that the row lies in. */
  @Column('text')
  part!: string;

  /** Counted from 1. */
  @Column('bigint')
  line!: string;

  @Column('text', { name: 'column_name', nullable: true })
  columnName!: string | null;

  /** Each run decides about all rows of the table, so a later one supersedes this row. */
  @Column('boolean')
  renewed!: boolean;

  @Column('text')
  state!: Exclude<QuarantineState, 'superseded'>;

  /** The publication that a replay writes the row with. */
  @Column('uuid', { nullable: true })
  claim!: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false })
  createdAt!: Date;

  @Column('timestamptz', { name: 'replayed_at', nullable: true })
  replayedAt!: Date | null;
}
