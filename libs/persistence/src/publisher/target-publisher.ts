import type { LoadedTable, LoadRequest, Publication, PublishRequest, TableChange, WriteControl } from './publication';

/** Of a transaction with several publications. */
export interface PublishOptions extends WriteControl {
  /** Does everything and rolls it back. */
  readonly dryRun: boolean;
}

/** Writes the tables of a run into one kind of database, all of them or none: PostgreSQL, Redshift. */
export interface TargetPublisher {
  /** Prepares what can be prepared outside of the transaction. A second call does it anew, or finds it done. */
  load(request: LoadRequest, control: WriteControl): Promise<readonly LoadedTable[]>;
  /** Whether `publish` may begin while the tables are still being staged; absent where they have to be complete. */
  isDirect?(request: LoadRequest): Promise<boolean>;
  /** One transaction. An id that has published before writes nothing, and what was recorded then is returned. */
  publish(request: PublishRequest, control: WriteControl): Promise<Publication>;
  /** Several publications in one transaction: all of them, or none. Each is asked for when its turn comes. */
  publishAll(requests: AsyncIterable<PublishRequest>, options: PublishOptions): Promise<Publication[]>;
  /** Whether the publication of this id was committed. */
  isPublished(runId: string): Promise<boolean>;
  /** What the last publication of a series stated to continue from; null when none did. */
  watermark(series: string): Promise<unknown>;
  /** Renews statistics where the database does not do so by itself. */
  analyze(schema: string, tables: readonly TableChange[]): Promise<void>;
  /** Removes what `load` prepared, once it is published or given up. None is fine. */
  discard(runId: string): Promise<void>;
  /** Removes what was prepared for any run that is not among those alive. Returns how much went. */
  sweep(aliveRunIds: Iterable<string>): Promise<number>;
}
