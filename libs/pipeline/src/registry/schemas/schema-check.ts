import type { Column } from '@app/platform';
import type { Plan, PlanCheck, PlanOutput, SqlRelation, TransformIssue } from '@app/transform';
import { conform, type ConformedColumn, type ConformOptions, SchemaValidationError, type TableSchema } from '@app/validation';
import { conversionSql } from './conversion-sql';

/** Rows that keep to a schema, made of those of an earlier relation, and the questions that count what was mended. */
export interface SchemaStep {
  /** Its columns are named `s0`, `s1`, … in the order of `columns`. */
  readonly relation: SqlRelation;
  readonly columns: readonly Column[];
  /** Of severity `error` when strict: they then fail the run before anything is loaded. */
  readonly checks: readonly PlanCheck[];
  readonly issues: readonly TransformIssue[];
}

/**
 * Compiles the check of a relation against a schema. Values are converted without loss; what cannot be converted becomes the
 * default or null, and is counted by column. The rows of the relation itself stay as they are.
 *
 * @param input the relation's first columns, by position
 * @throws {SchemaValidationError} when strict, for missing and forbidden columns
 */
export function schemaStep(
  schema: TableSchema,
  input: { readonly relation: string; readonly columns: readonly Column[] },
  table: string,
  name: string,
  options: ConformOptions,
): SchemaStep {
  const { columns, warnings } = conform(schema, input.columns, options);
  const cells = new Map(input.columns.map((column, index) => [column.name, `c${index}`]));
  const from = `(select ${input.columns.map((_, index) => `#${index + 1} as c${index}`).join(', ')} from ${input.relation})`;
  const converted = columns.map((column) => convertedSql(column, cells));
  const severity = options.strict ? 'error' : 'warning';
  const values = columns.map((column, index) => `${filled(column, converted[index] ?? 'null')} as s${index}`);
  return {
    relation: { kind: 'sql', name, sql: `select ${values.join(', ')} from ${from}` },
    columns: columns.map((column) => ({ name: column.name, type: column.type })),
    checks: columns.flatMap((column, index) => [
      ...conversionCheck(column, converted[index] ?? 'null', cells, from, table, severity),
      ...(column.nullable
        ? []
        : [nullCheck(column, `select count(*), []::varchar[] from ${name} where s${index} is null`, table, severity)]),
    ]),
    issues: warnings.map((message) => ({ severity: 'warning', rule: 'schema', table, column: null, count: 1, message })),
  };
}

/** A plan whose outputs keep to a schema. A table that only reshaped rows is written out after it. */
export function withOutputSchema(plan: Plan, schema: TableSchema, options: ConformOptions): Plan {
  const steps = plan.outputs.map(({ table, relation, found }, index) => {
    if (found) throw new SchemaValidationError('the columns of a code module are known too late; let it state its output');
    return schemaStep(schema, { relation, columns: table.columns }, table.name, `schema_check_${index}`, options);
  });
  return {
    ...plan,
    relations: [...plan.relations, ...steps.map(({ relation }) => relation)],
    outputs: steps.map(({ relation, columns }, index): PlanOutput => {
      const name = plan.outputs[index]?.table.name ?? '';
      return { table: { name, columns }, relation: relation.name };
    }),
    checks: [...plan.checks, ...steps.flatMap(({ checks }) => checks)],
    issues: [...plan.issues, ...steps.flatMap(({ issues }) => issues)],
  };
}

function convertedSql({ source, type }: ConformedColumn, cells: ReadonlyMap<string, string>): string {
  return source ? conversionSql(cellOf(source, cells), source, type) : 'null';
}

function filled({ default: value, type }: ConformedColumn, sql: string): string {
  if (value === null) return sql;
  const text = `'${String(value).replaceAll("'", "''")}'`;
  return `coalesce(${sql}, ${conversionSql(text, { type: 'string' }, type)})`;
}

function conversionCheck(
  { name, type, source }: ConformedColumn,
  converted: string,
  cells: ReadonlyMap<string, string>,
  from: string,
  table: string,
  severity: PlanCheck['severity'],
): PlanCheck[] {
  if (!source || source.type === type || type === 'string') return [];
  const sql = `select count(*), []::varchar[] from ${from} where ${cellOf(source, cells)} is not null and (${converted}) is null`;
  const reason = (count: number): string => `${count} failed conversion${count === 1 ? '' : 's'} to ${type} in column "${name}"`;
  return [{ severity, rule: 'schema-type', table, column: name, sql, describe: (count) => wrapped(reason(count), severity) }];
}

function nullCheck({ name }: ConformedColumn, sql: string, table: string, severity: PlanCheck['severity']): PlanCheck {
  const describe = (count: number): string =>
    wrapped(`${count} null${count === 1 ? '' : 's'} in column "${name}", which is not nullable`, severity);
  return { severity, rule: 'schema-nullable', table, column: name, sql, describe };
}

const wrapped = (reason: string, severity: PlanCheck['severity']): string =>
  severity === 'error' ? `Schema validation failed: ${reason}` : reason;

const cellOf = ({ name }: Column, cells: ReadonlyMap<string, string>): string => cells.get(name) ?? 'null';
