import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { pipelineScope, stageScope, withLogContext } from '@app/platform';
import type { TaskControl } from '@app/jobs';
import { Repository } from 'typeorm';
import { DefinitionService } from '../definitions/definition.service';
import { ExtractStage } from '../stages/extract.stage';
import { LoadStage } from '../stages/load.stage';
import { PublishStage } from '../stages/publish.stage';
import type { Stage, StageContext, StageOutcome } from '../stages/stage';
import { TransformStage } from '../stages/transform.stage';
import { ValidateStage } from '../stages/validate.stage';
import { RunUnits } from './run-units';
import { RunEntity, RunStageEntity } from './run.entity';
import { StagingRetention } from './staging-retention';

/** The engine: takes a run through its stages. */
@Injectable()
export class RunExecutor {
  private readonly logger = new Logger(RunExecutor.name);
  private readonly stages: readonly Stage[];

  constructor(
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
    @InjectRepository(RunStageEntity) private readonly runStages: Repository<RunStageEntity>,
    private readonly definitions: DefinitionService,
    private readonly units: RunUnits,
    private readonly retention: StagingRetention,
    extract: ExtractStage,
    transform: TransformStage,
    validate: ValidateStage,
    load: LoadStage,
    publish: PublishStage,
  ) {
    this.stages = [extract, transform, validate, load, publish];
  }

  /** Executes or resumes a run: for each unit, in order, each stage that has no manifest yet. */
  async execute(runId: string, control: TaskControl): Promise<void> {
    const run = await this.runs.findOneByOrFail({ id: runId });
    const definition = await this.definitions.documentOf(run);
    const stages = this.stages.filter(({ name }) => run.stages?.includes(name) ?? true);
    const work = () =>
      this.units.each(run, definition, control.signal, async (unit, staging) => {
        const context = { run, definition, unit, staging, ...control };
        for (const [ordinal, stage] of stages.entries()) {
          control.signal.throwIfAborted();
          if (await staging.isSealed(stage.name)) continue;
          await stageScope(this.logger, stage.name, () => this.runStage(stage, ordinal, context));
        }
      });
    await withLogContext({ runId }, () => pipelineScope(this.logger, run.definitionName, work));
    await this.retention.afterSuccess(run);
  }

  private async runStage(stage: Stage, ordinal: number, context: StageContext): Promise<void> {
    const key = { runId: context.run.id, stage: stage.name };
    const before = await this.runStages.findOneBy(key);
    const startedAt = before?.startedAt ?? new Date();
    const began = performance.now();
    const spentMs = (): string => String(Number(before?.durationMs ?? 0) + Math.round(performance.now() - began));
    await this.runStages.save({ ...key, ordinal, status: 'running', startedAt, durationMs: before?.durationMs ?? '0', endedAt: null });
    context.progress({ done: 0, total: null, note: stage.name });
    try {
      const { rows, bytes } = added(await stage.run(context), before);
      await this.runStages.update(key, { status: 'succeeded', rows, bytes, durationMs: spentMs(), endedAt: new Date() });
      this.logger.log({ rows, bytes, durationMs: Math.round(performance.now() - began) }, 'stage finished');
    } catch (error) {
      await this.runStages.update(key, { status: 'failed', durationMs: spentMs(), endedAt: new Date() }).catch(() => undefined); // the error that matters is the stage's
      throw error;
    }
  }
}

/** Counts over all units of the run. */
const added = ({ rows, bytes }: StageOutcome, before: RunStageEntity | null): { rows: string; bytes: string } => ({
  rows: String(rows + Number(before?.rows ?? 0)),
  bytes: String(bytes + Number(before?.bytes ?? 0)),
});
