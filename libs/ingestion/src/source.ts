import type { Part, Watermark } from '@app/platform';
import type { z } from 'zod';

/**
 * The stream of the keys of all rows that exist, from a source that was asked for them ({@link Source.keys}). It is never
 * transformed: the engine deletes by it what is gone. It comes last, so that it is never older than the rows.
 */
export const KEY_STREAM = 'input_keys';

/** What a run asks of a source. */
export interface ExtractRequest<Config> {
  readonly config: Config;
  /** The resume token of the last part that is already staged; null begins at the first part. */
  readonly after: string | null;
  /** True asks for everything again. A source without watermarks always extracts everything and ignores it. */
  readonly full: boolean;
  /** What the last published run of the definition stated; null at first, and when everything is asked for. */
  readonly watermark: Watermark | null;
  /** Which piece of the run is asked for: the token of a unit; null for a source without units. */
  readonly unit: unknown;
  /** Whether the rows go into PostgreSQL as they are: a source may then stage them as `text`. */
  readonly verbatim?: boolean;
  /** Aborting it stops every request and wait at once, with the signal's own reason. */
  readonly signal: AbortSignal;
}

/** Draws data from one kind of system: REDCap, FHIR, SQL database, object-store drop. */
export interface Source<Config = unknown> {
  /** The word a pipeline definition uses for this kind. */
  readonly kind: string;
  /** Parses and completes a definition's source settings. Its messages never repeat a value. */
  readonly configSchema: z.ZodType<Config>;
  /** The columns whose values {@link KEY_STREAM} will tell, by settings that need not be complete; undefined where it is not asked for. */
  keys?(config: unknown): readonly string[] | undefined;
  /** Proves the system answers and lets us in, without reading a row. Rejects with the error a run would meet. */
  check(config: Config, signal: AbortSignal): Promise<void>;
  /** Yields parts in a stable order, stream by stream; given a resume token, yields exactly the parts that followed it. */
  extract(request: ExtractRequest<Config>): AsyncIterable<Part>;
}

/**
 * A piece of a run that goes through all stages on its own and is published in a transaction of its own, for example one
 * archive of many. Units of a run are worked on in order.
 */
export interface Unit {
  /** The same for the same content in every run: the warehouse takes it once. At most 200 characters. */
  readonly id: string;
  /** What people call it, for example an object key. Holds no patient value. */
  readonly name: string;
  /** Sorts the units of a definition by age, in byte order: an older one is never published after a newer one. Null: no matter. */
  readonly position: string | null;
  /** Handed back with the extract request. Small, JSON. */
  readonly token: unknown;
}

/** A source whose runs consist of units. */
export interface UnitSource<Config = unknown> extends Source<Config> {
  /** Everything there is, in the order it is to be worked on; what was done before is sorted out by the caller. */
  units(request: Pick<ExtractRequest<Config>, 'config' | 'signal'>): Promise<readonly Unit[]>;
}

export const hasUnits = (source: Source): source is UnitSource => 'units' in source;
