import type { ColumnType } from '@app/platform';
import type { z } from 'zod';
import type { PlanSketch } from '../engines/duckdb/describe';
import type { FileRelation, PlanCheck, Relation, TransformIssue } from '../plan';
import { type TransformFault, TransformInvalidError } from '../transform.errors';
import type { ExactNumbers } from './exact-numbers';

/** One column between two steps of a chain. */
export interface StepColumn {
  /** As its source or a step named it; case matters. */
  readonly name: string;
  /** What it is called in SQL. */
  readonly sql: string;
  readonly type: ColumnType;
  /** Where the text lies, if the column is still what the source wrote; otherwise it holds values of its type. */
  readonly text?: { readonly files: FileRelation; readonly column: string };
}

export interface StepRelation {
  readonly relation: string;
  readonly columns: readonly StepColumn[];
}

export interface StepInput {
  /** The result of the step before, or the only stream of the extract; null when there are several streams. */
  readonly input: StepRelation | null;
  /** What SQL may ask for by name, `input_data` excluded: streams and named steps. */
  readonly named: ReadonlyMap<string, StepRelation>;
  /** Begins the names of the step's relations. */
  readonly prefix: string;
}

export interface StepTools {
  /** Knows every relation of the earlier steps. */
  readonly sketch: PlanSketch;
  readonly exact: ExactNumbers;
  readonly signal: AbortSignal;
}

export interface StepResult {
  readonly relations: readonly Relation[];
  /** Columns are null when only a run tells them. */
  readonly output: { readonly relation: string; readonly columns: readonly StepColumn[] | null };
  /** Whether every row of the input is one row of the output, in order, by its own cells alone. */
  readonly keepsRows: boolean;
  readonly issues: readonly TransformIssue[];
  /** `table` is left empty for the chain to fill. */
  readonly checks: readonly PlanCheck[];
  /** What the run shall record about the step. */
  readonly report?: unknown;
}

/** A kind of transform that can stand in a chain. */
export interface StepKind<Config = unknown> {
  readonly kind: string;
  readonly configSchema: z.ZodType<Config>;
  /** What in a configuration cannot be if rows are to keep these columns as they come; a step without it shows it when it runs. */
  keyFaults?(config: unknown, keys: readonly string[]): readonly TransformFault[];
  /** @throws {TransformInvalidError} with every fault at once, paths relative to the configuration */
  compileStep(config: Config, input: StepInput, tools: StepTools): Promise<StepResult>;
}

/** What a step says that reads one relation only. */
export function severalStreams(): TransformInvalidError {
  return new TransformInvalidError([
    { path: '', message: 'the extract has several streams; choose from them with a step of kind sql first' },
  ]);
}
