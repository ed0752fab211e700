export { type ExtractRequest, hasUnits, KEY_STREAM, type Source, type Unit, type UnitSource } from './source';
export {
  ExtractIncompleteError,
  ExtractNotResumableError,
  RequestTooLargeError,
  SourceDataInvalidError,
  SourceRefusedError,
  SourceUnavailableError,
} from './source.errors';
export {
  type DatabaseSourceConfig,
  databaseSourceConfigSchema,
  DEFAULT_PARTITION_COUNT,
  DEFAULT_PARTITION_KEYS,
  DEFAULT_QUERY_BATCH_ROWS,
  DEFAULT_READERS,
  DEFAULT_SETTLE_SECONDS,
  DEFAULT_STATEMENT_TIMEOUT_SECONDS,
  type ParameterValue,
} from './database/database.config';
export { QueryInvalidError } from './database/database.errors';
export { DatabaseSource, QUERY_STREAM } from './database/database.source';
export { sourcePoolConfig, type SourcePoolSettings } from './database/pool.config';
export { queryBatches, type QueryBatch } from './database/query-batches';
export { tableInfo, type TableInfo } from './database/table-info';
export { systemTiming, type Timing } from './http/timing';
export { MAX_RETRY_WAIT_MS } from './http/retry';
export { archiveDictionary } from './redcap/dictionary-archive';
export { DICTIONARY_STREAM, RECORD_STREAM } from './redcap/part-name';
export { FILE_PART_BYTES } from './redcap/record-file';
export {
  DEFAULT_ATTEMPTS,
  DEFAULT_BACKOFF_BASE_MS,
  DEFAULT_BATCH_SIZE,
  DEFAULT_CONCURRENCY,
  DEFAULT_HOST_CONCURRENCY,
  DEFAULT_MAX_FIELDS_PER_REQUEST,
  DEFAULT_RECORD_ID_FIELD,
  DEFAULT_TIMEOUT_MS,
  MAX_RESPONSE_BYTES,
  type RedcapConfig,
  redcapConfigSchema,
} from './redcap/redcap.config';
export { RedcapSource } from './redcap/redcap.source';
export { dropTokenSchema, type DropToken } from './drop/drop-token';
export { DropRefusedError, type DropFinding, type DropPlace } from './drop/drop.errors';
export { DROP_STREAM, DropSource, memberStream } from './drop/drop.source';
export { DROP_PART_BYTES, LINE_COLUMN } from './drop/member-parts';
export { DatasetGoneError, DatasetSource, datasetSourceConfigSchema, type DatasetSourceConfig } from './dataset/dataset.source';
