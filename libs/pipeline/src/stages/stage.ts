import type { TaskControl } from '@app/jobs';
import type { PipelineDefinition } from '../definitions/definition';
import type { RunEntity } from '../runs/run.entity';

export const STAGES = ['extract', 'transform', 'validate', 'load', 'publish'] as const;
export type StageName = (typeof STAGES)[number];

export interface StageContext {
  readonly run: RunEntity;
  readonly definition: PipelineDefinition;
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
