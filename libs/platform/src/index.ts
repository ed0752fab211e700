export { AppError, type ErrorCode } from './errors/app-error';
export { failureOf, isTransientDatabaseError, loggable, type Failure } from './errors/failure';
export { httpAnswer, HttpErrorFilter, RequestInvalidError, type RequestFault } from './errors/http-error.filter';
export { malformedJson } from './errors/malformed-json';
export { bodyFault, bodyFaults, parseBody, presentable } from './errors/request-faults';
export { strictValidation } from './errors/validation.pipe';
export { retry, RetryError, type RetryOptions } from './retry/retry';
export { ConfigInvalidError, configModule, defineConfig, type ConfigSlice } from './config/define-config';
export { flag, integer, port, secondsToMs } from './config/variables';
export { COLUMN_TYPES, type Column, type ColumnType, type TableShape } from './database/table';
export { ConnectionUnknownError, NamedConnections, SourceNotConfiguredError } from './database/named-connections';
export { databaseConfig, type DatabaseSettings } from './database/database.config';
export { CONTROL_SCHEMA, controlDatabaseOptions, migrateControlDatabase } from './database/control-database';
export { redisConfig, type RedisSettings } from './redis.config';
export { objectStoreConfig } from './object-store/object-store.config';
export { loggingConfig } from './logging/logging.config';
export { CORRELATION_HEADER, correlationIdOf } from './logging/correlation';
export { loggingModule } from './logging/logging.module';
export { currentLogContext, withLogContext, type LogContext } from './logging/log-context';
export { pipelineScope, stageScope, taskScope } from './logging/log-scope';
export { authConfig } from './auth/auth.config';
export { ApiKeyEntity } from './auth/api-key.entity';
export { ApiKeyService, type Principal } from './auth/api-key.service';
export { AuthGuard, ForbiddenError, type AuthenticatedRequest } from './auth/auth.guard';
export { mayAct, Open, RequiresRole, ROLES, type Role } from './auth/roles';
export type { Manifest, Part, PartFormat, PartSummary, StagedPart, Watermark } from './staging/dataset';
export type { CopyText, StagedTable } from './staging/copy-text';
export { AuthModule } from './auth/auth.module';
export { ControlDatabaseHealth } from './database/control-database.health';
export { ControlDatabaseModule } from './database/control-database.module';
export {
  DatabaseConnection,
  DatabaseUrlError,
  describe as describeConnection,
  fromParts,
  parseDatabaseUrl,
  toLibpqEnvironment,
  toPoolConfig,
  toTypeOrmOptions,
  toUrl,
} from './database/connection-settings';
export { MAX_ARRAY_ITEM_BYTES, readArrayFile, type ArrayItem } from './files/json-array-file';
export type {
  AccessLogReading,
  DerivedColumn,
  DropConfig,
  DropMember,
  MemberFormat,
  MemberReading,
  MemberShaping,
  TextReplacement,
} from './drop-config/drop-config';
export { hasCheckedCells } from './drop-config/drop-config';
export { dropConfigSchema, parseDropConfig, type DropConfigFault } from './drop-config/drop-config.schema';
export { EXPANSION_GRACE_BYTES, MAX_ROW_BYTES, type DropLimits } from './drop-config/drop-limits';
export { parseDatePattern, type DateDirective, type DatePiece } from './drop-config/date-pattern';
export { linearPattern, type LinearPattern } from './drop-config/linear-pattern';
export { pythonPattern } from './drop-config/python-pattern';
export { JsonArrayInvalidError } from './files/json-array-invalid-error';
export { FileNotWrittenError, replaceFile } from './files/replace-file';
export { utf8Text } from './files/utf8';
export type { ObjectInfo, ObjectMetadata, ObjectStat, ObjectStore, StoredObject } from './object-store/object-store';
export { openBucket, openObjectStore, type ObjectStoreSettings } from './object-store/open-object-store';
export { SealedSecrets } from './secrets/sealed';
export { scrub, Secret } from './secrets/secret';
export { SecretResolver } from './secrets/secret-resolver';
export { secretsConfig } from './secrets/secrets.config';
export { SecretsModule } from './secrets/secrets.module';
export {
  holdsSeveralStatements,
  replaceNamedParameters,
  scanNamedParameters,
  withoutTerminator,
  type NamedParameter,
} from './sql/named-parameters';
export type { SqlDialect } from './sql/sql-lexicon';
export { statementKeywords } from './sql/statement-keywords';
export type { DatasetWriter } from './staging/dataset-writer';
export type { LocalPart } from './staging/part-content';
export { OBJECT_STORE, StagingModule } from './staging/staging.module';
export { StagingStore } from './staging/staging-store';
export { exitOnStartFailure } from './start';
export { VERSION } from './version';
