import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { NAME_TABLE, REVIEWER_TABLE } from '../schema/fixed-tables';
import { InputInvalidError, MappingInvalidError } from '../transform.errors';
import type { MappedType } from './mapped-type';
import { mappingRowSchema } from './mapping-row.schema';

/** One column of one target table. */
export interface MappingRow {
  /** Position in the file, counted from 1. */
  readonly row: number;
  readonly table: string;
  readonly column: string;
  /** In the mapping language; not yet parsed. */
  readonly expression: string;
  readonly type: MappedType;
  /** Whether the column is a key of its table. */
  readonly primary: boolean;
  /** Whether the column is filled by the sync; the schema has it in any case. */
  readonly included: boolean;
}

/** Reads and checks `mapping.json`. @throws {MappingInvalidError} naming every fault; {InputInvalidError} when there is no such file. */
export async function loadMapping(path: string): Promise<MappingRow[]> {
  return parseMapping(await readMappingText(path));
}

export async function readMappingText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw new InputInvalidError('The mapping file cannot be read; check its path and permissions.', { path });
  }
}

/** Checks the text of a `mapping.json`. @throws {MappingInvalidError} naming every fault with row, table, column and key. */
export function parseMapping(text: string): MappingRow[] {
  const { rows, faults } = checkMapping(text);
  if (faults.length > 0) throw new MappingInvalidError(faults);
  return rows;
}

/** The usable rows, and what is wrong with the others. */
export function checkMapping(text: string): { rows: MappingRow[]; faults: string[] } {
  const faults: string[] = [];
  const rows = parseRows(text).flatMap((value, index) => parseRow(value, index + 1, faults));
  faults.push(...duplicates(rows), ...reservedNames(rows));
  return { rows, faults };
}

/** Where a row stands, as messages say it. */
export function locate({ row, table, column }: Pick<MappingRow, 'row' | 'table' | 'column'>): string {
  return `row ${row} (${table}.${column})`;
}

/** What the array of a `mapping.json` holds, unchecked. @throws {MappingInvalidError} when it is no array. */
export function parseRows(text: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new MappingInvalidError(['the file is not valid JSON']);
  }
  if (!Array.isArray(value)) throw new MappingInvalidError(['the file is not a JSON array of objects']);
  return value;
}

function parseRow(value: unknown, row: number, faults: string[]): MappingRow[] {
  const result = mappingRowSchema.safeParse(value);
  if (!result.success) {
    faults.push(...rowFaults(value, row, result.error));
    return [];
  }
  const data = result.data;
  return [
    {
      row,
      table: data.Table_CTMD,
      column: data.Fieldname_CTMD,
      expression: data.Fieldname_redcap,
      type: data['Data Type'],
      primary: data.Primary,
      included: data.InitializeField === 'yes',
    },
  ];
}

/** What is wrong with the object at a position of the file, key by key. */
export function rowFaults(value: unknown, row: number, { issues }: z.ZodError): string[] {
  const place = locate({ row, table: peek(value, 'Table_CTMD'), column: peek(value, 'Fieldname_CTMD') });
  return issues.map(({ path, message }) =>
    path.length > 0 ? `${place}, key "${path.join('.')}": ${message}` : `${place} is not an object`,
  );
}

function peek(value: unknown, key: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'string' ? found : '?';
}

function duplicates(rows: readonly MappingRow[]): string[] {
  const first = new Map<string, MappingRow>();
  return rows.flatMap((row) => {
    const key = JSON.stringify([row.table, row.column]);
    const earlier = first.get(key);
    if (earlier) return [`${locate(row)} names the same table and column as row ${earlier.row}`];
    first.set(key, row);
    return [];
  });
}

function reservedNames(rows: readonly MappingRow[]): string[] {
  const reserved = [REVIEWER_TABLE.name, NAME_TABLE.name];
  return rows
    .filter((row) => reserved.includes(row.table))
    .map((row) => `${locate(row)}: the table "${row.table}" is made by the sync itself`);
}
