export { AppError, type ErrorCode } from './errors/app-error';
export { COLUMN_TYPES, type Column, type ColumnType, type TableShape } from './database/table';
export type { Manifest, Part, PartFormat, PartSummary, StagedPart } from './staging/dataset';
export type { CopyText, StagedTable } from './staging/copy-text';
