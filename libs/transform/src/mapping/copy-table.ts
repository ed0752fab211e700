import type { PlanCheck, Relation } from '../plan';
import { type Compiled, compileExpression, ExpressionTypeError, type Scope } from './expression-to-sql';
import type { IncludedRow } from './included-rows';
import { locate } from './mapping-file';
import type { RecordScope } from './record-scope';
import { conversionFailure } from './output-conversion';

/** One column of a table with its compiled expression. */
export interface CopyColumn {
  readonly row: IncludedRow;
  readonly value: Compiled;
}

/** How many record ids a finding shows. */
const SAMPLE_RECORDS = 5;

/** Compiles the rows of a table that take part; faults are added to the list. */
export function compileColumns(rows: readonly IncludedRow[], scope: Scope, faults: string[]): CopyColumn[] {
  return rows.flatMap((row) => {
    try {
      return [{ row, value: compileRow(row, scope) }];
    } catch (error) {
      if (!(error instanceof ExpressionTypeError)) throw error;
      faults.push(`${locate(row)}: in ${JSON.stringify(row.expression)}, ${error.message}`);
      return [];
    }
  });
}

/** The evaluated rows of a table, one per record: `r0`, `r1`, …, the record's id as `record_id`, and its `ordinal`. */
export function evaluatedRows(name: string, columns: readonly CopyColumn[], scope: RecordScope, recordId: string): Relation {
  const values = columns.map(({ value }, index) => `${value.sql} as r${index}`);
  const sql = `select ${values.join(', ')}, ${recordId} as record_id, ordinal from ${scope.relation(depthOf(columns))}`;
  return { kind: 'sql', name, sql };
}

/** The distinct ones of evaluated rows; `ordinal` is the position of each row's first appearance. */
export function distinctRows(name: string, columns: readonly CopyColumn[], evaluated: string): Relation {
  const names = columns.map((_, index) => `r${index}`).join(', ');
  return { kind: 'sql', name, sql: `select ${names}, min(ordinal) as ordinal from ${evaluated} group by ${names}` };
}

export function depthOf(columns: readonly CopyColumn[]): number {
  return Math.max(0, ...columns.map(({ value }) => value.depth));
}

/**
 * Asks how many values of a column do not fit its type, and in which records.
 * @param from what the value and the record id are read from
 */
export function conversionChecks({ row, value }: CopyColumn, from: string, recordId: string): PlanCheck[] {
  const failure = conversionFailure(value, row.type);
  if (!failure) return [];
  return [
    {
      severity: 'warning',
      rule: 'value-not-converted',
      table: row.table,
      column: row.column,
      sql: `with failed as materialized (select cast(${recordId} as varchar) as id from ${from} where ${failure})
        select count(*), (select list(id) from (select id from failed limit ${SAMPLE_RECORDS})) from failed`,
      describe: (count, ids) => {
        const records = `records ${ids.join(', ')}${count > ids.length ? ', …' : ''}`;
        return `${row.table}.${row.column}: ${count} values could not be read as ${row.type} and were left empty (${records}).`;
      },
    },
  ];
}

function compileRow(row: IncludedRow, scope: Scope): Compiled {
  if (row.parsed.kind !== 'generate-id') return compileExpression(row.parsed, scope);
  const id = scope.field(row.column);
  if (!id) throw new Error(`The generated id ${row.column} is not in scope`);
  return id;
}
