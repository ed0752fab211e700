import { withRetries } from '../http/retry';
import type { Timing } from '../http/timing';
import { ExtractIncompleteError, RequestTooLargeError } from '../source.errors';
import type { FlatRow } from './flat-row';
import { joinRows } from './join-rows';
import type { RedcapApi } from './redcap-api';
import { recordsLabel } from './redcap-api';
import type { RedcapConfig } from './redcap.config';

/** Times one chunk is asked for before records that stay missing fail the extract. */
export const INCOMPLETE_ATTEMPTS = 3;

export interface FetchPlan {
  readonly byRange: boolean;
  /** One request per group; null asks for every field. */
  readonly fieldGroups: readonly (readonly string[] | null)[];
}

/** Fetches all rows of some records, in as many requests as the server needs, and proves that none is missing. */
export class RecordFetcher {
  /** What the server was found to carry; once a request was too large, later chunks do not run into it again. */
  private maxRecords = Infinity;

  constructor(
    private readonly api: RedcapApi,
    private readonly plan: FetchPlan,
    private readonly config: RedcapConfig,
    private readonly timing: Timing,
  ) {}

  /** The ids have to be in the project's order. @throws {ExtractIncompleteError} when what came is not what was asked for. */
  async fetch(ids: readonly string[], signal: AbortSignal): Promise<readonly FlatRow[]> {
    if (ids.length > this.maxRecords) return this.fetchHalves(ids, signal);
    try {
      return await this.fetchComplete(ids, signal);
    } catch (error) {
      if (!(error instanceof RequestTooLargeError) || ids.length === 1) throw error;
      this.maxRecords = Math.min(this.maxRecords, Math.ceil(ids.length / 2));
      return this.fetchHalves(ids, signal);
    }
  }

  private async fetchHalves(ids: readonly string[], signal: AbortSignal): Promise<readonly FlatRow[]> {
    const middle = Math.ceil(ids.length / 2);
    const first = await this.fetch(ids.slice(0, middle), signal);
    return [...first, ...(await this.fetch(ids.slice(middle), signal))];
  }

  private fetchComplete(ids: readonly string[], signal: AbortSignal): Promise<readonly FlatRow[]> {
    const policy = { attempts: INCOMPLETE_ATTEMPTS, backoffBaseMs: this.config.backoffBaseMs, timing: this.timing };
    const isIncomplete = (error: unknown) => error instanceof ExtractIncompleteError;
    return withRetries(policy, signal, () => this.fetchOnce(ids, signal), isIncomplete);
  }

  private async fetchOnce(ids: readonly string[], signal: AbortSignal): Promise<readonly FlatRow[]> {
    const pieces: FlatRow[][] = [];
    for (const fields of this.plan.fieldGroups) {
      pieces.push(await this.api.records({ ids, byRange: this.plan.byRange, fields }, signal));
    }
    const rows = joinRows(pieces, this.config.recordIdField);
    this.checkComplete(ids, rows);
    return rows;
  }

  private checkComplete(ids: readonly string[], rows: readonly FlatRow[]): void {
    const asked = new Set(ids);
    const returned = new Set(rows.map((row) => row[this.config.recordIdField] ?? ''));
    const missing = ids.filter((id) => !returned.has(id));
    const unexpected = [...returned].filter((id) => !asked.has(id));
    if (missing.length + unexpected.length > 0) {
      throw new ExtractIncompleteError(`The request for ${recordsLabel(ids)}`, missing, unexpected);
    }
  }
}
