export {
  anonymizeRecords,
  explainColumn,
  filterMetadata,
  generateSchema,
  inspectMapping,
  loadMapping,
  renderCreateTables,
  type ColumnExplanation,
  type MappingInspection,
} from '@app/transform';
