import { REVIEWER_TABLE } from '../schema/fixed-tables';
import { quoteLiteral } from '../sql-text';
import { compiledColumn, type DataColumn } from './data-columns';
import { asText } from './expression-to-sql';
import { convertOutput, type OutputRules } from './output-conversion';
import type { TablePlan } from './plan-table';
import { REVIEWER_PREFIX } from './redcap-columns';

/** Who reviewed for which organization, from all `reviewer_name_<organization>` fields; no table when the data has none. */
export function reviewerTable(columns: readonly DataColumn[], source: string, rules: OutputRules): TablePlan[] {
  const reviewers = columns.filter(({ name }) => name.startsWith(REVIEWER_PREFIX));
  if (reviewers.length === 0) return [];
  const cells = REVIEWER_TABLE.columns.map(({ name }) => ({
    column: name,
    sql: convertOutput({ sql: name, type: 'string', depth: 0 }, 'string', rules),
  }));
  const all = reviewers.map((column, position) => distinctReviewers(column, position, source)).join(' union all ');
  const sql = `select ${cells.map((cell) => cell.sql).join(', ')} from (${all}) order by position, ordinal`;
  const sources = reviewers.map((column) => column.name);
  return [
    {
      relations: [{ kind: 'sql', name: 'reviewers', sql }],
      outputs: [{ table: REVIEWER_TABLE, relation: 'reviewers' }],
      checks: [],
      lineage: cells.map((cell) => ({ table: REVIEWER_TABLE.name, ...cell, sources, expression: `${REVIEWER_PREFIX}*` })),
    },
  ];
}

function distinctReviewers(column: DataColumn, position: number, source: string): string {
  const organization = quoteLiteral(column.name.slice(REVIEWER_PREFIX.length));
  return `select reviewer, ${organization} as organization, ${position} as position, min(ordinal) as ordinal
    from (select ${asText(compiledColumn(column))} as reviewer, ordinal from ${source}) where reviewer <> '' group by reviewer`;
}
