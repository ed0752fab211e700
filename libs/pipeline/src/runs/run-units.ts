import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { hasUnits, type Unit } from '@app/ingestion';
import { AppError, failureOf, StagingStore, type StagedPart } from '@app/platform';
import { Repository } from 'typeorm';
import type { PipelineDefinition } from '../definitions/definition';
import { Connectors } from '../stages/connectors';
import { Targets } from '../stages/targets';
import { UnitStaging } from '../stages/unit-staging';
import { isDataFault } from './data-fault';
import { RunEntity, settledTables, type RunUnit } from './run.entity';
import { UNIT_HOOKS, type UnitHooks, type UnitOutcome } from './unit-hooks';

export class UnitsRejectedError extends AppError {
  readonly code = 'source-data-invalid';
  constructor(units: readonly RunUnit[]) {
    const rejected = units.filter(({ status }) => status === 'rejected');
    const waiting = units.filter(({ status }) => status === 'waiting').length;
    const reasons = rejected.map(({ name, failure }) => `${name}: ${failure?.message ?? 'refused'}`);
    super(`${rejected.length} of ${units.length} refused${waiting > 0 ? `, ${waiting} not begun after that` : ''}. ${reasons.join('; ')}`);
  }
}

/** Takes one unit through the stages. */
export type UnitWork = (unit: Unit, staging: UnitStaging) => Promise<void>;

/** Takes the units of a run one after the other, and remembers how each ended. */
@Injectable()
export class RunUnits {
  constructor(
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
    private readonly connectors: Connectors,
    private readonly targets: Targets,
    private readonly staging: StagingStore,
    @Inject(UNIT_HOOKS) private readonly hooks: readonly UnitHooks[],
  ) {}

  /**
   * Works on each unit that has not ended. A source without units is one piece of work.
   * @throws {UnitsRejectedError} at the end, when any was refused
   */
  async each(run: RunEntity, definition: PipelineDefinition, signal: AbortSignal, work: UnitWork): Promise<void> {
    const { source, config } = await this.connectors.openSource(definition);
    if (!hasUnits(source)) {
      return work({ id: run.id, name: definition.name, position: null, token: null }, new UnitStaging(this.staging, run.id, ''));
    }
    const hooks = this.hooks.find(({ sourceKind }) => sourceKind === source.kind);
    if (!hooks) throw new Error(`Nothing keeps the units of the source ${source.kind}.`);
    const units = await this.select(run, definition, hooks, () => source.units({ config, signal }));
    for (const [index, unit] of units.entries()) {
      if (run.units?.[index]?.status !== 'waiting') continue;
      const staging = new UnitStaging(this.staging, run.id, `u${index + 1}-`);
      await hooks.began(run, unit);
      const outcome = await outcomeOf(run, () => work(unit, staging), () => staging.parts('extract'), signal); // prettier-ignore
      const next = await hooks.ended(run, definition, unit, outcome);
      if (outcome.kind === 'interrupted') throw outcome.error;
      const failure = outcome.kind === 'rejected' ? { ...failureOf(outcome.error), message: hooks.reasonOf(outcome.error) } : null;
      await this.mark(run, index, { status: outcome.kind, failure, ...(outcome.kind === 'published' && { tables: outcome.tables }) });
      if (next === 'stop') break;
    }
    if (run.units?.some(({ status }) => status === 'rejected')) throw new UnitsRejectedError(run.units);
  }

  /** Chosen once for a run, so that every attempt works on the same. */
  private async select(
    run: RunEntity,
    definition: PipelineDefinition,
    hooks: UnitHooks,
    find: () => Promise<readonly Unit[]>,
  ): Promise<readonly Unit[]> {
    if (run.units) return run.units;
    const publisher = await this.targets.open(definition);
    const units = await hooks.select(run, definition, await find(), ({ id }) => publisher.isPublished(id));
    await this.keep(run, units.map((unit) => ({ ...unit, status: 'waiting', failure: null }))); // prettier-ignore
    return units;
  }

  private mark(run: RunEntity, index: number, ended: Pick<RunUnit, 'status' | 'failure' | 'tables'>): Promise<void> {
    return this.keep(run, (run.units ?? []).map((unit, at) => (at === index ? { ...unit, ...ended } : unit))); // prettier-ignore
  }

  private async keep(run: RunEntity, units: RunUnit[]): Promise<void> {
    run.units = units;
    await this.runs.update(run.id, { units: units as never });
  }
}

async function outcomeOf(
  run: RunEntity,
  work: () => Promise<void>,
  parts: () => Promise<readonly StagedPart[]>,
  signal: AbortSignal,
): Promise<UnitOutcome> {
  try {
    await work();
    return { kind: 'published', tables: (run.tables ?? []).slice(settledTables(run).length), parts: await parts() };
  } catch (error) {
    if (failureOf(error).code === 'superseded') return { kind: 'superseded' };
    if (signal.aborted || !isDataFault(error)) return { kind: 'interrupted', error };
    return { kind: 'rejected', error, parts: await parts() };
  }
}
