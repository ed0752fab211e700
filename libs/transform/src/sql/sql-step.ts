import { z } from 'zod';
import { logicalType, uniform } from '../chain/result-columns';
import type { StepColumn, StepInput, StepKind, StepRelation, StepResult, StepTools } from '../chain/step';
import { valueOf } from '../chain/step-value';
import { withStrictEscape } from '../config/strict-escape';
import type { DescribedColumn } from '../engines/duckdb/describe';
import { quoteIdentifier } from '../sql-text';
import { TransformFailedError, TransformInvalidError } from '../transform.errors';
import { checkQuery } from './query-check';
import { bindParameters, INPUT_DATA } from './query-parameters';

const PATH = 'sql_query';

const sqlDocumentSchema = z
  .strictObject({
    sql_query: z.string().min(1).optional().describe('One SELECT over `input_data` (or `:table_name`) and the earlier named relations.'),
    sqlQuery: z.string().min(1).optional().describe('The same under another name.'),
    parameters: z
      .record(z.string(), z.unknown())
      .nullish()
      .describe('Values of the `:name` parameters: texts, numbers, booleans, null, lists.'),
  })
  .transform(({ sql_query: first, sqlQuery: second, parameters }, context) => {
    const query = first ?? second;
    if (query !== undefined && (first === undefined || second === undefined)) return { query, parameters: parameters ?? {} };
    const message = query === undefined ? 'Field required' : 'is given twice, as sqlQuery too';
    context.addIssue({ code: 'custom', path: [PATH], message });
    return z.NEVER;
  });

export const sqlConfigSchema = withStrictEscape(sqlDocumentSchema);
export type SqlConfig = z.output<typeof sqlConfigSchema>;

/** A query of the user's over the rows that come in, run by the embedded engine, which sees nothing else. */
export const sqlStep: StepKind<SqlConfig> = {
  kind: 'sql',
  configSchema: sqlConfigSchema,

  async compileStep({ query, parameters }, { input, named, prefix }, tools): Promise<StepResult> {
    const visible = relationsByName(input, named);
    const { sql, faults } = bindParameters(query, parameters);
    const checked = checkQuery(await tools.sketch.parse(sql), new Set(visible.keys()));
    faults.push(...checked.faults.map((message) => ({ path: PATH, message })));
    if (faults.length > 0) throw new TransformInvalidError(faults);
    const reads = [...visible].filter(([name]) => checked.reads.has(name));
    const views = await tools.exact.settle(() => reads.map(([name, relation]) => ({ name, sql: exposed(name, relation, tools) })));
    const columns = await describeQuery(sql, views, tools);
    const relation = `${prefix}_sql`;
    return {
      relations: [{ kind: 'sql', name: relation, sql: wrapped(sql, views, columns) }],
      output: { relation, columns: columns.map((column, index) => stepColumn(column, index)) },
      keepsRows: false,
      issues: [],
      checks: [],
    };
  },
};

interface View {
  readonly name: string;
  readonly sql: string;
}

/** Keys are in lower case, as the engine compares names. */
function relationsByName(input: StepRelation | null, named: StepInput['named']): Map<string, StepRelation> {
  const entries = [...named].map(([name, relation]): [string, StepRelation] => [name.toLowerCase(), relation]);
  return new Map([...entries, ...(input ? [[INPUT_DATA, input] as const] : [])]);
}

/** A relation with the names and types that its users know. */
function exposed(name: string, { relation, columns }: StepRelation, { exact }: StepTools): string {
  const twice = repeated(columns.map((column) => column.name));
  if (twice.length > 0) {
    const message = `DUPLICATE_COLUMN: the columns ${twice.join(', ')} of ${name} differ in letter case at most, which SQL does not see`;
    throw new TransformInvalidError([{ path: PATH, message }]);
  }
  const cells = columns.map((column) => {
    const { sql } = valueOf(column, exact);
    return `${column.type === 'json' ? `cast(${sql} as json)` : sql} as ${quoteIdentifier(column.name)}`;
  });
  return `select ${cells.join(', ')} from ${relation}`;
}

async function describeQuery(sql: string, views: readonly View[], { sketch }: StepTools): Promise<DescribedColumn[]> {
  for (const view of views) await sketch.alias(view.name, view.sql);
  const columns = await sketch.describe(sql, 'the query').catch((error: unknown) => {
    if (!(error instanceof TransformFailedError) || error.retryable) throw error;
    throw new TransformInvalidError([{ path: PATH, message: error.reason }]);
  });
  const twice = repeated(columns.map(({ name }) => name));
  if (twice.length === 0) return columns;
  throw new TransformInvalidError([{ path: PATH, message: `DUPLICATE_COLUMN: the result has several columns ${twice.join(', ')}` }]);
}

function repeated(names: readonly string[]): string[] {
  const folded = names.map((name) => name.toLowerCase());
  return names.filter((_, index) => folded.indexOf(folded[index] ?? '') < index).map((name) => `"${name}"`);
}

/** Each step has an `input_data` of its own, hence no view: the name is bound around the query. */
function wrapped(sql: string, views: readonly View[], columns: readonly DescribedColumn[]): string {
  const bindings = views.map((view) => `${quoteIdentifier(view.name)} as (${view.sql})`).join(', ');
  const cells = columns.map((column, index) => `${uniform(`r${index}`, column)} as c${index}`).join(', ');
  const names = columns.map((_, index) => `r${index}`).join(', ');
  return `${bindings ? `with ${bindings} ` : ''}select ${cells} from (\n${sql}\n) as result(${names})`;
}

function stepColumn(column: DescribedColumn, index: number): StepColumn {
  return { name: column.name, sql: `c${index}`, type: logicalType(column) };
}
