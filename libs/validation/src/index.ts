export { cellAddress, columnLetters } from './coordinates/cell-address';
export { SEVERITIES, type Finding, type Report, type Severity } from './finding';
export { DEFAULT_FINDING_LIMIT } from './finding-log';
export { SETTLE_EVERY_ROWS } from './row-checker';
export {
  defineRule,
  type Check,
  type DeclaredRule,
  type References,
  type Row,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  type RuleFault,
} from './rule';
export { loadRuleBook } from './rule-book/load-rule-book';
export { parseRuleBook, tableRulesSchema, type RuleBook } from './rule-book/rule-book';
export { RuleFileInvalidError, RulesDoNotFitError } from './rule-book/rule-book.errors';
export { RULES } from './rules/built-in';
export { UNIQUE_KEY_LIMIT } from './rules/unique.rule';
export { closeMatch, SUGGESTION_CUTOFF } from './suggestions/close-match';
export type { TableDescription } from './table-description';
export { FIRST_DATA_ROW, TableValidation, type UploadColumns, type ValidationSettings } from './table-validation';
export { TypedRowsCheck, type TypedTable } from './typed-rows-check';
export { isNullToken } from './values/null-token';
export { DEFAULT_VALUE_OPTIONS, valueTypeOf, type ValueOptions, type ValueType } from './values/value-type';
export type { ParseValue } from './values/parse-value';
export { conform, SchemaValidationError, type Conformance, type ConformedColumn, type ConformOptions } from './schema/conform';
export { compareSchemas, compatibilityOf, type Compatibility, type SchemaComparison } from './schema/schema-comparison';
export { schemaTypeOf } from './schema/schema-type';
export { tableSchemaSchema, type SchemaColumn, type TableSchema } from './schema/table-schema';
