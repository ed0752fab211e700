import type { Unit } from '@app/ingestion';
import type { TableChange } from '@app/persistence';
import type { Failure } from '@app/platform';
import type { TransformIssue } from '@app/transform';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PipelineDefinition } from '../definitions/definition';
import type { SignedManifest } from '../manifest/manifest-signer';
import type { StageName } from '../stages/stage';

/** A unit of a run, and how it ended. */
export interface RunUnit extends Unit {
  readonly status: 'waiting' | 'published' | 'rejected' | 'superseded';
  /** What it changed, once it is published. */
  readonly tables?: readonly TableChange[];
  readonly failure: Failure | null;
}

/** One execution of one version of a pipeline. Whether it waits, runs or has ended is what its task says. */
@Entity({ name: 'run' })
export class RunEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column({ type: 'bigint', insert: false, update: false })
  seq!: string;

  @Column('text', { name: 'definition_name' })
  definitionName!: string;

  /** 0 for a pipeline that was sent along with the request. */
  @Column('int', { name: 'definition_version' })
  definitionVersion!: number;

  /** The pipeline that was sent along; null where a stored definition says what to do. `json` keeps the order of keys. */
  @Column('json', { nullable: true })
  document!: PipelineDefinition | null;

  /** The only stages to go through; null for all. */
  @Column('text', { array: true, nullable: true })
  stages!: StageName[] | null;

  /** In the order of work; null until they are known, and for a source without units. */
  @Column('jsonb', { nullable: true })
  units!: RunUnit[] | null;

  @Column('jsonb')
  parameters!: Record<string, unknown>;

  @Column('boolean', { name: 'full_extract' })
  full!: boolean;

  @Column('boolean', { name: 'dry_run' })
  dryRun!: boolean;

  /** What started it: `api`, `sync`, `schedule`, `start`. */
  @Column('text')
  trigger!: string;

  /** The task that carries it out; a resumed run gets a new one. */
  @Column('uuid', { name: 'task_id' })
  taskId!: string;

  /** The backup that was taken before the task published, which a rollback restores. */
  @Column('text', { name: 'backup_name', nullable: true })
  backupName!: string | null;

  @Column('jsonb', { nullable: true })
  tables!: readonly TableChange[] | null;

  @Column('jsonb', { nullable: true })
  issues!: readonly TransformIssue[] | null;

  @Column('jsonb', { nullable: true })
  report!: Record<string, unknown> | null;

  @Column('jsonb', { nullable: true })
  lineage!: unknown;

  /** What was proved of what it published; null until it has. */
  @Column('json', { nullable: true })
  manifest!: SignedManifest | null;

  @Column({ type: 'timestamptz', name: 'created_at', insert: false })
  createdAt!: Date;

  @Column('text', { name: 'idempotency_key', nullable: true })
  idempotencyKey!: string | null;
}

/** What the units that have ended changed. */
export const settledTables = ({ units }: Pick<RunEntity, 'units'>): readonly TableChange[] =>
  (units ?? []).flatMap(({ tables = [] }) => tables);

@Entity({ name: 'run_stage' })
export class RunStageEntity {
  @PrimaryColumn('uuid', { name: 'run_id' })
  runId!: string;

  @PrimaryColumn('text')
  stage!: string;

  @Column('int')
  ordinal!: number;

  @Column('text')
  status!: 'running' | 'succeeded' | 'failed';

  @Column('bigint', { nullable: true })
  rows!: string | null;

  @Column('bigint', { nullable: true })
  bytes!: string | null;

  /** Over all attempts. */
  @Column('bigint', { name: 'duration_ms' })
  durationMs!: string;

  @Column('timestamptz', { name: 'started_at' })
  startedAt!: Date;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;
}
