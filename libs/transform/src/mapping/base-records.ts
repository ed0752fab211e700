import type { InputFile, Relation } from '../plan';
import { castField } from './casts';
import type { DataColumn } from './data-columns';
import type { MappedType } from './mapped-type';
import { isCheckbox, REPEAT_INSTANCE, REPEAT_INSTRUMENT, TRIMMED_COLUMNS } from './redcap-columns';

/** The materialized relation of base records: those that belong to no repeating instrument or event. */
export const BASE = 'base';

/** Reads the wanted columns of the records, casts and trims them, and keeps the base records. */
export function baseRecords(
  files: readonly InputFile[],
  wanted: readonly string[],
  types: ReadonlyMap<string, MappedType>,
): { relations: Relation[]; columns: DataColumn[] } {
  const columns = wanted.map((name, index): DataColumn => {
    const type = isCheckbox(name) ? 'string' : (types.get(name) ?? 'string');
    return { name, sql: `c${index}`, type };
  });
  const source: Relation = {
    kind: 'files',
    name: 'record',
    files,
    columns: columns.map(({ name, sql }) => ({ source: name, name: sql, type: 'string' })),
  };
  const base: Relation = {
    kind: 'sql',
    name: BASE,
    materialized: true,
    sql: `select ${columns.map((column) => `${typed(column)} as ${column.sql}`).join(', ')} from record where ${isBaseRecord(columns)}`,
  };
  return { relations: [source, base], columns };
}

function typed({ name, sql, type }: DataColumn): string {
  const value = castField(sql, type);
  return type === 'string' && TRIMMED_COLUMNS.includes(name) ? `trim(${value}, ' ')` : value;
}

/** A null, missing or empty instrument, and no instance number. The names in the filter are those of the raw columns. */
function isBaseRecord(columns: readonly DataColumn[]): string {
  const raw = (name: string): string | undefined => columns.find((column) => column.name === name)?.sql;
  const instrument = raw(REPEAT_INSTRUMENT);
  const instance = raw(REPEAT_INSTANCE);
  const conditions = [
    ...(instrument ? [`coalesce(record.${instrument}, '') = ''`] : []),
    ...(instance ? [`(${castField(`record.${instance}`, 'integer')}) is null`] : []),
  ];
  return conditions.join(' and ') || 'true';
}
