import type { TaskControl } from '@app/jobs';
import type { Unit } from '@app/ingestion';
import type { PipelineDefinition } from '../definitions/definition';
import type { RunEntity } from '../runs/run.entity';
import type { UnitStaging } from './unit-staging';

export const STAGES = ['extract', 'transform', 'validate', 'load', 'publish'] as const;
export type StageName = (typeof STAGES)[number];

export interface StageContext {
  readonly run: RunEntity;
  readonly definition: PipelineDefinition;
  /** What is worked on: the run itself, unless its source has units. Its id is that of the publication. */
  readonly unit: Unit;
  readonly staging: UnitStaging;
  readonly signal: AbortSignal;
  readonly progress: TaskControl['progress'];
}

/** What a stage worked on, for the run's record. */
export interface StageOutcome {
  readonly rows: number;
  readonly bytes: number;
}

/** A step of a run. It seals a dataset when it is done; run again before that, it ends as if it had run once. */
export interface Stage {
  readonly name: StageName;
  run(context: StageContext): Promise<StageOutcome>;
}
