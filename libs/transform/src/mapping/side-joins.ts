import type { Relation } from '../plan';
import { InputInvalidError } from '../transform.errors';
import { BASE } from './base-records';
import { type DataColumn, keySides } from './data-columns';
import type { SideFile } from './side-file';

/**
 * Joins auxiliary files (left) and filter files (inner) on all columns they share with the data so far, and removes the records
 * that a block file names. Gives the relation and columns of the records afterwards; without side files those of the base.
 *
 * @throws {InputInvalidError} naming the file that has no column, or a block column, in common with the data.
 */
export function joinSideFiles(
  files: readonly SideFile[],
  base: readonly DataColumn[],
): { relations: Relation[]; columns: DataColumn[]; source: string } {
  if (files.length === 0) return { relations: [], columns: [...base], source: BASE };
  const relations: Relation[] = [];
  const columns = [...base];
  const joins: string[] = [];
  const blocks: string[] = [];
  const order = [`${BASE}.ordinal`];
  for (const [index, side] of files.entries()) {
    const name = `side_${index}`;
    const cells = side.columns.map((column, position): SideCell => ({ column, sql: `s${index}_${position}`, key: find(columns, column) }));
    relations.push(...sideRelations(name, side, cells));
    if (side.kind === 'block') {
      blocks.push(`not exists (select 1 from ${name} where ${blockCondition(side, cells)})`);
      continue;
    }
    joins.push(`${side.kind === 'filter' ? 'join' : 'left join'} ${name} on ${joinCondition(side, cells)}`);
    order.push(`${name}.ordinal`);
    columns.push(...cells.filter(({ key }) => !key).map(({ column, sql }): DataColumn => ({ name: column, sql, type: 'string' })));
  }
  const where = blocks.length > 0 ? `where ${blocks.join(' and ')}` : '';
  const sql = `select ${columns.map((column) => column.sql).join(', ')} from ${BASE} ${joins.join(' ')} ${where} order by ${order.join(', ')}`;
  return { relations: [...relations, { kind: 'sql', name: 'joined', materialized: true, sql }], columns, source: 'joined' };
}

interface SideCell {
  readonly column: string;
  readonly sql: string;
  /** The data column of the same name. */
  readonly key: DataColumn | undefined;
}

/** Materialized, because the order of a side file's rows decides the order of the records that it multiplies. */
function sideRelations(name: string, { file }: SideFile, cells: readonly SideCell[]): Relation[] {
  const columns = cells.map(({ sql }, index) => ({ source: `c${index}`, name: sql, type: 'string' as const }));
  return [
    { kind: 'files', name: `${name}_file`, files: [file], columns },
    { kind: 'sql', name, materialized: true, sql: `select * from ${name}_file` },
  ];
}

function joinCondition({ label }: SideFile, cells: readonly SideCell[]): string {
  const equalities = cells.flatMap(({ key, sql }) => (key ? [compare(key, sql, '=')] : []));
  if (equalities.length === 0) throw new InputInvalidError(`The ${label} has no column in common with the records.`);
  return equalities.join(' and ');
}

function blockCondition({ label }: SideFile, cells: readonly SideCell[]): string {
  return cells
    .map(({ key, sql, column }) => {
      if (!key) throw new InputInvalidError(`The ${label} has the column "${column}", which the records do not have.`);
      return compare(key, sql, 'is not distinct from');
    })
    .join(' and ');
}

function compare(key: DataColumn, cell: string, operator: string): string {
  const { left, right } = keySides(key, cell);
  return `${left} ${operator} (${right})`;
}

function find(columns: readonly DataColumn[], name: string): DataColumn | undefined {
  return columns.find((column) => column.name === name);
}
