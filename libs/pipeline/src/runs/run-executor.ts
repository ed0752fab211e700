import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { pipelineScope, stageScope, withLogContext } from '@app/platform';
import type { TaskControl } from '@app/jobs';
import { Repository } from 'typeorm';
import { DefinitionService } from '../definitions/definition.service';
import { ExtractStage } from '../stages/extract.stage';
import { LoadStage } from '../stages/load.stage';
import { PublishStage } from '../stages/publish.stage';
import { STAGES, type Stage, type StageContext, type StageName, type StageOutcome } from '../stages/stage';
import { TransformStage } from '../stages/transform.stage';
import { ValidateStage } from '../stages/validate.stage';
import { RunUnits, type StagedUnit } from './run-units';
import { RunEntity, RunStageEntity } from './run.entity';
import { StagingRetention } from './staging-retention';

/** The engine: takes a run through its stages. */
@Injectable()
export class RunExecutor {
  private readonly logger = new Logger(RunExecutor.name);
  /** In order; what they prepare is published last. */
  private readonly preparing: readonly Stage[];

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
    private readonly publishing: PublishStage,
  ) {
    this.preparing = [extract, transform, validate, load];
  }

  /** Executes or resumes a run: for each unit, in order, each stage that has no manifest yet. */
  async execute(runId: string, control: TaskControl): Promise<void> {
    const run = await this.runs.findOneByOrFail({ id: runId });
    const definition = await this.definitions.documentOf(run);
    const contextOf = ({ unit, staging }: StagedUnit): StageContext => ({ run, definition, unit, staging, ...control });
    const work = () =>
      this.units.each(run, definition, control.signal, {
        prepare: (staged) => this.prepare(contextOf(staged)),
        publish: (units, at) => this.publish(units, contextOf, at),
      });
    await withLogContext({ runId }, () => pipelineScope(this.logger, run.definitionName, work));
    await this.retention.afterSuccess(run);
  }

  private async prepare(context: StageContext): Promise<void> {
    const { run, staging, signal } = context;
    for (const stage of this.preparing.filter(({ name }) => includes(run, name))) {
      signal.throwIfAborted();
      if (!(await staging.isSealed(stage.name))) await this.runStage(stage.name, context, () => stage.run(context));
    }
  }

  /** Those that an earlier attempt has not published, together. */
  private async publish(
    units: readonly StagedUnit[],
    contextOf: (staged: StagedUnit) => StageContext,
    at: (staged: StagedUnit) => void,
  ): Promise<void> {
    const { name } = this.publishing;
    const isSealed = await Promise.all(units.map(({ staging }) => staging.isSealed(name)));
    const [first, ...others] = units.filter((_, index) => !isSealed[index]).map(contextOf);
    if (first && includes(first.run, name)) await this.runStage(name, first, () => this.publishing.run([first, ...others], at));
  }

  private runStage(stage: StageName, context: StageContext, work: () => Promise<StageOutcome>): Promise<void> {
    return stageScope(this.logger, stage, () => this.timed(stage, context, work));
  }

  private async timed(stage: StageName, context: StageContext, work: () => Promise<StageOutcome>): Promise<void> {
    const key = { runId: context.run.id, stage };
    const ordinal = stagesOf(context.run).indexOf(stage);
    const before = await this.runStages.findOneBy(key);
    const startedAt = before?.startedAt ?? new Date();
    const began = performance.now();
    const spentMs = (): string => String(Number(before?.durationMs ?? 0) + Math.round(performance.now() - began));
    await this.runStages.save({ ...key, ordinal, status: 'running', startedAt, durationMs: before?.durationMs ?? '0', endedAt: null });
    context.progress({ done: 0, total: null, note: stage });
    try {
      const { rows, bytes } = added(await work(), before);
      await this.runStages.update(key, { status: 'succeeded', rows, bytes, durationMs: spentMs(), endedAt: new Date() });
      this.logger.log({ rows, bytes, durationMs: Math.round(performance.now() - began) }, 'stage finished');
    } catch (error) {
      await this.runStages.update(key, { status: 'failed', durationMs: spentMs(), endedAt: new Date() }).catch(() => undefined); // the error that matters is the stage's
      throw error;
    }
  }
}

const stagesOf = ({ stages }: RunEntity): readonly StageName[] => STAGES.filter((name) => stages?.includes(name) ?? true);
const includes = (run: RunEntity, stage: StageName): boolean => stagesOf(run).includes(stage);

/** Counts over all units of the run. */
const added = ({ rows, bytes }: StageOutcome, before: RunStageEntity | null): { rows: string; bytes: string } => ({
  rows: String(rows + Number(before?.rows ?? 0)),
  bytes: String(bytes + Number(before?.bytes ?? 0)),
});
