import type { Part } from '@app/platform';
import type { z } from 'zod';

/** What a run asks of a source. */
export interface ExtractRequest<Config> {
  readonly config: Config;
  /** The resume token of the last part that is already staged; null begins at the first part. */
  readonly after: string | null;
  /** True asks for everything again. A source without watermarks always extracts everything and ignores it. */
  readonly full: boolean;
  /** Aborting it stops every request and wait at once, with the signal's own reason. */
  readonly signal: AbortSignal;
}

/** Draws data from one kind of system: REDCap, FHIR, SQL database, object-store drop. */
export interface Source<Config = unknown> {
  /** The word a pipeline definition uses for this kind. */
  readonly kind: string;
  /** Parses and completes a definition's source settings. Its messages never repeat a value. */
  readonly configSchema: z.ZodType<Config>;
  /** Proves the system answers and lets us in, without reading a row. Rejects with the error a run would meet. */
  check(config: Config, signal: AbortSignal): Promise<void>;
  /** Yields parts in a stable order; given a resume token, yields exactly the parts that followed it. */
  extract(request: ExtractRequest<Config>): AsyncIterable<Part>;
}
