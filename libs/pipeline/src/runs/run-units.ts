import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { hasUnits, type Unit } from '@app/ingestion';
import type { Publication, TableChange } from '@app/persistence';
import { AppError, failureOf, StagingStore } from '@app/platform';
import { Repository } from 'typeorm';
import type { PipelineDefinition } from '../definitions/definition';
import { Connectors } from '../stages/connectors';
import { Targets } from '../stages/targets';
import { UnitStaging } from '../stages/unit-staging';
import { isDataFault } from './data-fault';
import { RunEntity, type RunUnit } from './run.entity';
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

/** A unit of a run, and where what becomes of it is staged. */
export interface StagedUnit {
  readonly unit: Unit;
  readonly staging: UnitStaging;
}

/** Takes units through the stages. */
export interface UnitWork {
  /** Up to the publication. */
  prepare(staged: StagedUnit): Promise<void>;
  /** In one transaction, in this order. @param at is told of each before its turn */
  publish(units: readonly StagedUnit[], at: (staged: StagedUnit) => void): Promise<void>;
}

/** One that has not ended, with its place in the run. */
interface OpenUnit extends StagedUnit {
  readonly index: number;
}

/** What everything here is about. */
interface Work {
  readonly run: RunEntity;
  readonly definition: PipelineDefinition;
  readonly hooks: UnitHooks;
  readonly signal: AbortSignal;
  readonly work: UnitWork;
}

/** Takes the units of a run through the stages, one after the other or all together, and remembers how each ended. */
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
      const unit = { id: run.id, name: definition.name, position: null, token: null };
      return alone({ unit, staging: new UnitStaging(this.staging, run.id, '') }, work);
    }
    const hooks = this.hooks.find(({ sourceKind }) => sourceKind === source.kind);
    if (!hooks) throw new Error(`Nothing keeps the units of the source ${source.kind}.`);
    const units = await this.select(run, definition, hooks, () => source.units({ config, signal }));
    const open = units.flatMap((unit, index): OpenUnit[] =>
      run.units?.[index]?.status === 'waiting' ? [{ unit, index, staging: new UnitStaging(this.staging, run.id, `u${index + 1}-`) }] : [],
    );
    const context = { run, definition, hooks, signal, work };
    await (definition.load.atomic ? this.together(open, context) : this.oneByOne(open, context));
    if (run.units?.some(({ status }) => status === 'rejected')) throw new UnitsRejectedError(run.units);
  }

  private async oneByOne(units: readonly OpenUnit[], context: Work): Promise<void> {
    const { run, hooks, work, signal } = context;
    for (const unit of units) {
      await hooks.began(run, unit.unit);
      const error = await failureIn(() => alone(unit, work));
      if ((await this.end(unit, await outcomeOf(unit, error, signal), context)) === 'stop') return;
    }
  }

  /** Those that are not at fault themselves are held back with one that is refused, and wait for another run. */
  private async together(units: readonly OpenUnit[], context: Work): Promise<void> {
    const { run, hooks, work, signal } = context;
    const begun = new Set<OpenUnit>();
    const end = async (unit: OpenUnit, error: unknown): Promise<'continue' | 'stop'> => {
      begun.delete(unit);
      return this.end(unit, await outcomeOf(unit, error, signal), context);
    };
    try {
      for (const unit of units) {
        await hooks.began(run, unit.unit);
        begun.add(unit);
        const error = await failureIn(() => work.prepare(unit));
        if (error !== null && (await end(unit, error)) === 'stop') break;
      }
      if (begun.size < units.length) return;
      const turn = { of: units[0] };
      const error = await failureIn(() => work.publish(units, ({ unit }) => (turn.of = units.find((each) => each.unit === unit))));
      const done = error === null ? units : turn.of ? [turn.of] : [];
      for (const unit of done) await end(unit, error);
    } finally {
      for (const { unit } of begun) await hooks.ended(run, context.definition, unit, { kind: 'withdrawn' });
    }
  }

  private async end(unit: OpenUnit, outcome: Ended, { run, definition, hooks }: Work): Promise<'continue' | 'stop'> {
    const next = await hooks.ended(run, definition, unit.unit, outcome);
    if (outcome.kind === 'interrupted') throw outcome.error;
    const failure = outcome.kind === 'rejected' ? { ...failureOf(outcome.error), message: hooks.reasonOf(outcome.error) } : null;
    await this.mark(run, unit.index, { status: outcome.kind, failure, ...(outcome.kind === 'published' && { tables: outcome.tables }) });
    return next;
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

async function alone(unit: StagedUnit, work: UnitWork): Promise<void> {
  await work.prepare(unit);
  await work.publish([unit], () => undefined);
}

/** Null when the work was done. */
async function failureIn(work: () => Promise<void>): Promise<unknown> {
  try {
    await work();
    return null;
  } catch (error) {
    return error;
  }
}

type Ended = Exclude<UnitOutcome, { kind: 'withdrawn' }>;

async function outcomeOf({ staging }: StagedUnit, error: unknown, signal: AbortSignal): Promise<Ended> {
  if (error === null) return { kind: 'published', tables: await publishedTables(staging), parts: await staging.parts('extract') };
  if (failureOf(error).code === 'superseded') return { kind: 'superseded' };
  if (signal.aborted || !isDataFault(error)) return { kind: 'interrupted', error };
  return { kind: 'rejected', error, parts: await staging.parts('extract') };
}

/** None for a run that does not publish. */
async function publishedTables(staging: UnitStaging): Promise<readonly TableChange[]> {
  if (!(await staging.isSealed('publish'))) return [];
  const { publication } = (await staging.sealed('publish')).attributes as unknown as { readonly publication: Publication };
  return publication.tables;
}
