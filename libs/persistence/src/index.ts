export { Catalog, type CatalogColumn, type CatalogTable, type Comparison } from './catalog/catalog';
export { postgresType } from './catalog/column-type';
export { qualifiedName, quoteIdentifier, schemaNameProblem, tableNameProblem } from './catalog/identifier';
export { SchemaCreator, type SchemaChange, type SchemaDifference } from './catalog/schema-creator';
export {
  type LoadedTable,
  type LoadMode,
  type LoadRequest,
  type LoadProof,
  type ProofKind,
  type Publication,
  type PublicationSeries,
  type TableChange,
  type PublishRequest,
  type SourceKeys,
  type WriteControl,
} from './publisher/publication';
export { Publisher } from './publisher/publisher';
export type { TargetPublisher } from './publisher/target-publisher';
export type { Grant, TableAccess } from './publisher/table-access';
export { DEFAULT_SHRINK_LIMITS, type ShrinkLimits } from './publisher/shrink-brake';
export type { PartStore } from './redshift/load-parts';
export type { BucketAccess } from './redshift/redshift-sql';
export { RedshiftPublisher, type RedshiftSettings } from './redshift/redshift-publisher';
export { TableReader, type ReadFormat, type ReadRequest } from './read/table-reader';
export { isKeyType } from './strategies/column-replace/column-replace';
export type { RowDifference } from './strategies/table-work';
export { TableUpdater, type UpdateRequest, type UpdateStrategy } from './strategies/table-updater';
export { DEFAULT_STRATEGY, type SchemaEvolution, type TableIndex, type WriteStrategy } from './strategies/write-strategy';
export { Warehouse } from './warehouse/warehouse';
export {
  CatalogMismatchError,
  KeyMissingError,
  LoadFailedError,
  LoadUnprovenError,
  ShapeInvalidError,
  ShrinkRefusedError,
  SourceKeysDifferError,
  StagedRowsDifferError,
  StrategyInvalidError,
  SupersededError,
  TableMissingError,
  WarehouseBusyError,
  WarehouseUnavailableError,
  WatermarkMovedError,
} from './warehouse/warehouse-errors';
