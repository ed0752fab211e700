import type { ColumnType } from '@app/platform';
import type { z } from 'zod';
import type { InputFile, Plan } from './plan';

/** One stream of an extract with its parts on the local disk. */
export interface StreamInput {
  readonly stream: string;
  readonly files: readonly (InputFile & { readonly rows: number })[];
  /** Union over all files, in order of first appearance. */
  readonly columns: readonly string[];
  /** Of the columns whose type the source knows; any other holds text. */
  readonly types: ReadonlyMap<string, ColumnType>;
}

export interface TransformContext {
  readonly streams: ReadonlyMap<string, StreamInput>;
  /** Private to this run; a transform may leave normalized inputs here until the plan has run. */
  readonly workDir: string;
  readonly signal: AbortSignal;
  /** Name for the one table of a transform that does not name its own; null when the definition has none. */
  readonly table: string | null;
}

/** Turns a configuration and staged inputs into a plan. Reads small inputs only (headers, dictionary, side files). */
export interface Transform<Config = unknown> {
  readonly kind: string;
  readonly configSchema: z.ZodType<Config>;
  /** @throws AppError `mapping-invalid`, `source-data-invalid` or `input-invalid`, naming every fault at once where it can. */
  compile(config: Config, context: TransformContext): Promise<Plan>;
  /**
   * What `compile` will most likely say, from streams of which the first parts are there: rows are copied by it meanwhile, and
   * dropped if it was wrong. Null where that cannot be told yet. Absent where no output is streamed.
   */
  expect?(config: Config, context: TransformContext): Promise<Plan | null>;
  /** The only tables that it makes, as `schema.table`, where the configuration names them all. */
  tables?(config: unknown): readonly string[] | undefined;
}
