export { definitionJsonSchema, definitionSchema, type PipelineDefinition } from './definitions/definition';
export { definitionFilesConfig } from './definitions/definition-files';
export { DefinitionEntity } from './definitions/definition.entity';
export { DefinitionInvalidError, DefinitionNotFoundError } from './definitions/definition.errors';
export { DefinitionService } from './definitions/definition.service';
export type { AttributeChange, ChoiceChanges, DictionaryDifference, FieldChange, FieldPresence } from './dictionary/dictionary-difference';
export { DictionaryVersionEntity } from './dictionary/dictionary-version.entity';
export { DictionaryVersionNotFoundError, MappedFieldRemovedError, type RemovedField } from './dictionary/dictionary.errors';
export { DictionaryService } from './dictionary/dictionary.service';
export { DropNotFoundError } from './drops/drop.errors';
export {
  DROP_OUTCOMES,
  DROP_STATES,
  type DropAttemptEntity,
  type DropObjectEntity,
  type DropOutcome,
  type DropState,
  type DropTable,
} from './drops/drop.entity';
export type { DropMember } from './drops/drop-content';
export { DropService, type DropFilter, type DropView } from './drops/drop.service';
export {
  DataNotFoundError,
  PipelineRequests,
  RequestIncompleteError,
  type Requester,
  type SubmittedTask,
} from './platform/pipeline-requests';
export { InlinePipelineNotFoundError, TaskReports, type TaskReport } from './platform/task-report';
export { previewConfig } from './previews/preview.config';
export { TransformPreviews, type TransformPreview } from './previews/transform-previews';
export { PipelineModule } from './pipeline.module';
export { QUARANTINE_STATES, type QuarantineState } from './quarantine/quarantine.entity';
export { QuarantineNotFoundError, QuarantineNotWaitingError } from './quarantine/quarantine.errors';
export type { QuarantineFilter, QuarantineView } from './quarantine/quarantine-rows';
export { QuarantineService, type EditedValue } from './quarantine/quarantine.service';
export { replayQuarantineTask } from './quarantine/replay-quarantine.task';
export { redcapSyncConfig } from './redcap/redcap-sync.config';
export { REDCAP_DEFINITION } from './redcap/redcap.definition';
export { SchemaConflictError, SchemaNotFoundError } from './registry/schemas/schema.errors';
export { SchemaRegistry, type RegisterSchemaOptions } from './registry/schemas/schema-registry';
export { SchemaVersionEntity } from './registry/schemas/schema-version.entity';
export { TransformationConflictError, TransformationNotFoundError } from './registry/transformations/transformation.errors';
export {
  TransformationRegistry,
  type NewTransformation,
  type ResolvedTransformation,
} from './registry/transformations/transformation-registry';
export { TransformationVersionEntity } from './registry/transformations/transformation-version.entity';
export { IdempotencyConflictError } from './runs/run-keys';
export { runPipelineTask } from './runs/run-pipeline.task';
export { RunRollback, RunWithoutBackupError } from './runs/run-rollback';
export { RUN_STATUSES, RunService, type RunStatus, type RunView, type StartedRun, type StartRunRequest } from './runs/run.service';
export { isCron, isTimeZone, type CronSchedule } from './schedules/cron-schedule';
export { MISSED_REASONS, type MissedReason } from './schedules/due-firings';
export { SCHEDULE_ORIGINS, type ScheduleOrigin } from './schedules/effective-schedule';
export { ScheduleFiringEntity } from './schedules/schedule.entity';
export { ScheduleService, type ScheduleView } from './schedules/schedule.service';
export { schedulerConfig } from './schedules/scheduler.config';
export { engineConfig } from './stages/engine.config';
export { canonicalJson } from './manifest/canonical-json';
export { manifestConfig } from './manifest/manifest.config';
export type { SignedManifest } from './manifest/manifest-signer';
export { STAGES } from './stages/stage';
export { SpooledFile } from './uploads/content/spooled-file';
export { loadUploadTask, UPLOAD_SCHEMA } from './uploads/load-upload.task';
export type { Upload, UploadMode } from './uploads/upload';
export { uploadConfig } from './uploads/upload.config';
export { TableNotFoundError, UploadRefusedError } from './uploads/upload.errors';
export { UploadReportEntity } from './uploads/upload-report.entity';
export { UploadReports } from './uploads/upload-reports';
export { UploadService } from './uploads/upload.service';
