import type { ColumnType } from '@app/platform';
import type { FileColumn, FileRelation, InputFile } from '../../plan';
import { quoteIdentifier, quoteLiteral } from '../../sql-text';
import { duckDbType } from './column-types';
import { pathList } from './duckdb-session';

/** Longest line of a staged part: a record of some ten thousand fields. Readers hold twice as much for each thread. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** A query that reads the files of a relation in file order, decoding the wanted columns only. Nothing is guessed. */
export function fileScan({ files, columns }: FileRelation): string {
  if (files.length === 0) return `select ${columns.map((column) => nothing(column)).join(', ')} where false`;
  return groups(files)
    .map((group) => scan(group, columns))
    .join(' union all ');
}

interface Group {
  readonly format: InputFile['format'];
  readonly columns: readonly string[];
  readonly paths: string[];
}

/** Neighbours that one reader call can read: JSON objects of any shape, others of the same shape only. */
function groups(files: readonly InputFile[]): Group[] {
  const result: Group[] = [];
  for (const { format, columns, path } of files) {
    const last = result.at(-1);
    if (last?.format === format && (format === 'ndjson' || sameNames(last.columns, columns))) last.paths.push(path);
    else result.push({ format, columns, paths: [path] });
  }
  return result;
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

function scan(group: Group, columns: readonly FileColumn[]): string {
  switch (group.format) {
    case 'ndjson':
      return ambiguous(columns) ? jsonObjectScan(group.paths, columns) : jsonScan(group.paths, columns);
    case 'csv':
      return csvScan(group, columns);
    case 'text':
      return textScan(group, columns);
    case 'parquet':
      return parquetScan(group, columns);
  }
}

function jsonScan(paths: readonly string[], columns: readonly FileColumn[]): string {
  const types = columns.map(({ source }) => `${quoteLiteral(source)}: 'VARCHAR'`).join(', ');
  const list = columns.map((column) => select(quoteIdentifier(column.source), column, 'string'));
  return `select ${list.join(', ')} from read_json(${pathList(paths)}, columns = {${types}}, format = 'newline_delimited', maximum_object_size = ${MAX_LINE_BYTES})`;
}

/** Keys that differ in letter case only cannot be columns side by side; they are taken from each object by path. */
function jsonObjectScan(paths: readonly string[], columns: readonly FileColumn[]): string {
  const keys = columns.map(({ source }) => quoteLiteral(`$.${JSON.stringify(source)}`)).join(', ');
  const list = columns.map((column, index) => select(`cells[${index + 1}]`, column, 'string'));
  const cells = `select json_extract_string(json, [${keys}]) as cells from read_ndjson_objects(${pathList(paths)}, maximum_object_size = ${MAX_LINE_BYTES})`;
  return `select ${list.join(', ')} from (${cells})`;
}

const csvScan = (group: Group, columns: readonly FileColumn[]): string =>
  delimitedScan(
    group,
    columns,
    (cell) => cell,
    `header = true, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false`,
  );

/** Every line is a row, since line ends within a cell are escaped. */
const textScan = (group: Group, columns: readonly FileColumn[]): string =>
  delimitedScan(group, columns, unescaped, String.raw`header = false, delim = '\t', quote = '', escape = '', nullstr = '\N'`);

/** Columns are named by position: a header may repeat a name in another letter case. */
function delimitedScan(
  { paths, columns: header }: Group,
  columns: readonly FileColumn[],
  read: (cell: string) => string,
  dialect: string,
): string {
  const types = header.map((_, index) => `h${index}: 'VARCHAR'`).join(', ');
  const list = columns.map((column) => {
    const index = header.indexOf(column.source);
    return index < 0 ? nothing(column) : select(read(`h${index}`), column, 'string');
  });
  return `select ${list.join(', ')} from read_csv(${pathList(paths)}, columns = {${types}}, auto_detect = false, ${dialect},
    max_line_size = ${MAX_LINE_BYTES}, buffer_size = ${MAX_LINE_BYTES})`;
}

/** Character codes by the letter that stands for them behind a backslash, as PostgreSQL writes them. */
const ESCAPES = { b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Between doubled backslashes, which stand for one, each one left begins an escape. */
function unescaped(cell: string): string {
  const piece = Object.entries(ESCAPES).reduce((text, [letter, code]) => `replace(${text}, '\\${letter}', chr(${code}))`, 'p');
  const pieces = `list_transform(string_split(${cell}, '\\\\'), lambda p: ${piece})`;
  return `case when contains(${cell}, '\\') then array_to_string(${pieces}, '\\') else ${cell} end`;
}

function parquetScan({ paths, columns: header }: Group, columns: readonly FileColumn[]): string {
  const list = columns.map((column) =>
    header.includes(column.source) ? select(quoteIdentifier(column.source), column, null) : nothing(column),
  );
  return `select ${list.join(', ')} from read_parquet(${pathList(paths)})`;
}

/** @param stored the type as read; null when the file knows its own */
function select(value: string, { name, type }: FileColumn, stored: ColumnType | null): string {
  if (type === stored) return `${value} as ${name}`;
  // PostgreSQL's own form, which the engine would take for something else.
  if (type === 'bytes' && stored === 'string') return `unhex(substr(${value}, 3)) as ${name}`;
  return `cast(${value} as ${duckDbType(type)}) as ${name}`;
}

function nothing({ name, type }: FileColumn): string {
  return `cast(null as ${duckDbType(type)}) as ${name}`;
}

function ambiguous(columns: readonly FileColumn[]): boolean {
  return new Set(columns.map(({ source }) => source.toLowerCase())).size < columns.length;
}
