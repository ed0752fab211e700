export { ORDINAL } from './plan';
export type {
  CodeLimits,
  CodeModule,
  CodeRelation,
  FileColumn,
  FileRelation,
  InputFile,
  LineageEdge,
  LookupRelation,
  Plan,
  PlanCheck,
  PlanOutput,
  Relation,
  SqlRelation,
  TransformIssue,
  ValuesRelation,
} from './plan';
export { chainTransform, stepKinds, stepTransform } from './chain/chain.transform';
export { compileChain, type ChainStep } from './chain/compile-chain';
export type { StepColumn, StepInput, StepKind, StepRelation, StepResult, StepTools } from './chain/step';
export { configJsonSchema, type ConfigDocument } from './config/config-document';
export { configStep } from './config/config-step';
export { checkSql } from './sql/check-sql';
export { sqlStep, type SqlConfig } from './sql/sql-step';
export { MAX_PREVIEW_ROWS, previewTransform, type Preview, type PreviewRequest } from './preview/preview-transform';
export type { Sample } from './preview/sample-stream';
export { codeConfig } from './code/code.config';
export {
  CodeTransform,
  type CodeInput,
  type CodeReport,
  type CodeSettings,
  type CodeStep,
  type CodeTransformConfig,
} from './code/code.transform';
export type { StreamInput, Transform, TransformContext } from './transform';
export {
  InputInvalidError,
  MappingInvalidError,
  SourceDataInvalidError,
  TransformFailedError,
  TransformInvalidError,
  type TransformFault,
} from './transform.errors';
export {
  DuckDbEngine,
  type RunControl,
  type TransformProgress,
  type TransformResult,
  type WrittenTable,
} from './engines/duckdb/duckdb-engine';
export { copyArriving } from './engines/duckdb/copy-files';
export {
  parquetSource,
  streamedFrom,
  streamedTables,
  verbatimFiles,
  type VerbatimFiles,
  type RowSource,
  type StreamedTable,
} from './engines/duckdb/row-source';
export type { DuckDbSettings } from './engines/duckdb/duckdb-settings';
export { SpillDirectory } from './engines/duckdb/spill-directory';
export { writeTableFiles } from './engines/duckdb/table-files';
export { readChoices, type Choice } from './mapping/choices';
export { FieldUses, loadFieldUses, type FieldUse } from './mapping/field-uses';
export { mappingTransform, mappingTransformConfigSchema, type MappingTransformConfig } from './mapping/mapping.transform';
export { loadMapping, parseMapping, type MappingRow } from './mapping/mapping-file';
export type { MappedType } from './mapping/mapped-type';
export { anonymizeRecords, type AnonymizeRequest, type AnonymizeSummary } from './mapping/tools/anonymize-records';
export { explainColumn, type ColumnExplanation, type ExplainColumnRequest, type ExplainedStep } from './mapping/tools/explain-column';
export { filterMetadata, type FilterMetadataRequest, type FilterMetadataSummary } from './mapping/tools/filter-metadata';
export { inspectMapping, type InspectMappingRequest, type MappingInspection } from './mapping/tools/inspect-mapping';
export { noTransform } from './none/none.transform';
export { generateSchema, renderCreateTables } from './schema/generate-schema';
export { NAME_TABLE, REVIEWER_TABLE } from './schema/fixed-tables';
export { dropTransform } from './drop/drop.transform';
export { writtenPlan } from './written-plan';
