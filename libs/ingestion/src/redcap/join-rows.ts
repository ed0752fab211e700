import { columnsOf, type FlatRow } from './flat-row';

/** Together with the record id these tell the rows of one record apart. */
const ROW_KEYS = ['redcap_event_name', 'redcap_repeat_instrument', 'redcap_repeat_instance'];

/**
 * Joins exports of the same records that were split by fields into the rows one wide export would have had: a row is
 * kept when any piece has it, and a value no piece gave is the empty text, as in REDCap's own exports. Columns that
 * every piece repeats (record id, event, repeat, data access group, survey identifier) appear once.
 */
export function joinRows(pieces: readonly (readonly FlatRow[])[], recordIdField: string): readonly FlatRow[] {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const keys = [recordIdField, ...ROW_KEYS];
  const merged = new Map<string, FlatRow>();
  for (const row of pieces.flat()) {
    const key = JSON.stringify(keys.map((name) => row[name] ?? ''));
    merged.set(key, { ...merged.get(key), ...row });
  }
  const blank = Object.fromEntries(columnsOf(pieces.flat()).map((name) => [name, '']));
  return byFirstSeenRecord([...merged.values()], recordIdField).map((row) => ({ ...blank, ...row }));
}

/** Brings the rows of a record together again: a row only a later piece has would else stand behind all others. */
function byFirstSeenRecord(rows: readonly FlatRow[], recordIdField: string): FlatRow[] {
  const records = new Map<string | null | undefined, FlatRow[]>();
  for (const row of rows) {
    const sameRecord = records.get(row[recordIdField]);
    if (sameRecord === undefined) records.set(row[recordIdField], [row]);
    else sameRecord.push(row);
  }
  return [...records.values()].flat();
}
