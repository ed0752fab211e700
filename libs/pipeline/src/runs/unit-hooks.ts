import type { Unit } from '@app/ingestion';
import type { TableChange } from '@app/persistence';
import type { StagedPart } from '@app/platform';
import type { PipelineDefinition } from '../definitions/definition';
import type { RunEntity } from './run.entity';

/** How a unit of a run ended. */
export type UnitOutcome =
  /** Loaded, now or by an earlier attempt whose record was found; in a dry run, it would have been. */
  | { readonly kind: 'published'; readonly tables: readonly TableChange[]; readonly parts: readonly StagedPart[] }
  /** The data is at fault: the same unit fails again until somebody changes it or the definition. */
  | { readonly kind: 'rejected'; readonly error: unknown; readonly parts: readonly StagedPart[] }
  /** A newer unit was published before; nothing was written. */
  | { readonly kind: 'superseded' }
  /** The surroundings are at fault, or the run was stopped: the unit is new to the next run. */
  | { readonly kind: 'interrupted'; readonly error: unknown }
  /** It was to be published together with one that is refused; it is new to the next run. */
  | { readonly kind: 'withdrawn' };

/** Tells whether the target holds a unit, by the id it is published under. */
export type IsPublished = (unit: Unit) => Promise<boolean>;

/**
 * What a kind of source wants done around the units of its runs. The engine calls `select` once an attempt, then `began` and
 * `ended` for each unit in order, however it ends. An attempt after a kill calls all of them again; that changes nothing.
 */
export interface UnitHooks {
  /** The kind of source whose units these are. */
  readonly sourceKind: string;
  /**
   * The units that this run works on: those of earlier runs are sorted out, in order. May answer a unit under another id, so
   * that it is published once more. An empty answer ends the run well.
   */
  select(run: RunEntity, definition: PipelineDefinition, units: readonly Unit[], isPublished: IsPublished): Promise<readonly Unit[]>;
  began(run: RunEntity, unit: Unit): Promise<void>;
  /** Says whether the run goes on with the next unit. A rejection of this promise fails the run. */
  ended(run: RunEntity, definition: PipelineDefinition, unit: Unit, outcome: UnitOutcome): Promise<'continue' | 'stop'>;
  /** Why a unit was refused, as people who look after this kind of source name it. Holds no value of a row. */
  reasonOf(error: unknown): string;
}

/** Injection token of all hooks: `UnitHooks[]`. */
export const UNIT_HOOKS = Symbol('UNIT_HOOKS');
