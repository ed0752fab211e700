import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import type { InputFile, TransformIssue } from '../plan';
import { systemErrorCode } from '../system-error';
import { InputInvalidError } from '../transform.errors';

/** Longest record of a side file; beyond it a quote was left open. */
const MAX_RECORD_CHARS = 1_048_576;

export type SideKind = 'auxiliary' | 'filter' | 'block';

/** A CSV that is joined to the records, normalized to one JSON object a line with the keys `c0`, `c1`, … */
export interface SideFile {
  readonly kind: SideKind;
  /** As the messages call it. */
  readonly label: string;
  /** The header. */
  readonly columns: readonly string[];
  readonly file: InputFile;
}

/** A quoted cell; unquoted ones are plain texts. */
interface QuotedCell {
  readonly text: string;
}
type RawCell = string | QuotedCell;
interface RawRecord {
  readonly record: readonly RawCell[];
  readonly info: { readonly lines: number };
}

/** Reads the regular, visible files of a folder by name. A folder that does not exist counts as empty, with a warning. */
export async function loadSideFiles(
  kind: SideKind,
  folder: string | undefined,
  workDir: string,
  signal: AbortSignal,
): Promise<{ files: SideFile[]; issues: TransformIssue[] }> {
  if (!folder) return { files: [], issues: [] };
  const names = await listFiles(folder);
  if (!names) return { files: [], issues: [missingFolder(kind)] };
  const files: SideFile[] = [];
  for (const [index, name] of names.entries()) {
    const label = `${kind} file "${name}"`;
    const path = join(workDir, `${kind}-${index}.ndjson`);
    const found = await describe(label, join(folder, name));
    if (!found.isFile()) continue;
    if (found.size === 0) throw new InputInvalidError(`The ${label} is empty; it needs a header row.`);
    const columns = await normalize(label, join(folder, name), path, signal);
    files.push({ kind, label, columns, file: { path, format: 'ndjson', columns: columns.map((_, column) => `c${column}`) } });
  }
  return { files, issues: [] };
}

async function listFiles(folder: string): Promise<string[] | null> {
  try {
    return (await readdir(folder)).filter((name) => !/^[._]/.test(name)).sort();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw new InputInvalidError('A folder of auxiliary, filter or block files cannot be read.', { folder });
  }
}

function missingFolder(kind: SideKind): TransformIssue {
  const message = `The ${kind} folder does not exist; the run continues without ${kind} files.`;
  return { severity: 'warning', rule: 'side-folder-missing', table: null, column: null, count: 1, message };
}

/** Follows links: a mounted volume may consist of nothing else. */
function describe(label: string, path: string): Promise<Stats> {
  return stat(path).catch(() => {
    throw new InputInvalidError(`The ${label} cannot be read.`);
  });
}

/** Writes the normalized copy and gives the header. */
async function normalize(label: string, source: string, target: string, signal: AbortSignal): Promise<string[]> {
  const header: string[] = [];
  const parser = parse({
    bom: true,
    info: true,
    record_delimiter: ['\r\n', '\n', '\r'], // found out by itself, the first one would have to be all
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: MAX_RECORD_CHARS,
    cast: (text, { quoting }) => (quoting ? { text } : text),
  });
  try {
    await pipeline(
      createReadStream(source),
      (chunks: AsyncIterable<Buffer>) => decode(chunks),
      parser,
      (records: AsyncIterable<RawRecord>) => toLines(label, records, header),
      createWriteStream(target),
      { signal },
    );
  } catch (error) {
    if (error instanceof CsvError) throw new InputInvalidError(`The ${label} is not well-formed CSV (${error.code}${lineOf(error)}).`);
    if (systemErrorCode(error) === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw new InputInvalidError(`The ${label} is not UTF-8 text.`);
    throw error;
  }
  if (header.length === 0) throw new InputInvalidError(`The ${label} has no header row.`);
  return header;
}

/** Throws when the bytes are not UTF-8. */
async function* decode(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

async function* toLines(label: string, records: AsyncIterable<RawRecord>, header: string[]): AsyncGenerator<string> {
  for await (const { record, info } of records) {
    if (isBlankLine(record)) continue;
    if (header.length === 0) {
      header.push(...readHeader(label, record));
      continue;
    }
    if (record.length !== header.length) {
      throw new InputInvalidError(`The ${label}, line ${info.lines}, has ${record.length} cells, but the header has ${header.length}.`);
    }
    yield `${JSON.stringify(Object.fromEntries(record.map((cell, index) => [`c${index}`, cellText(cell)])))}\n`;
  }
}

function readHeader(label: string, record: readonly RawCell[]): string[] {
  const names = record.map((cell) => (typeof cell === 'string' ? cell : cell.text));
  if (names.includes('')) throw new InputInvalidError(`The ${label} has a column without a name.`);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new InputInvalidError(`The ${label} has the column "${repeated}" twice.`);
  return names;
}

function isBlankLine([first, ...rest]: readonly RawCell[]): boolean {
  return rest.length === 0 && typeof first === 'string' && first.trim() === '';
}

/** An unquoted empty cell is null, a quoted one the empty text. */
function cellText(cell: RawCell): string | null {
  if (typeof cell !== 'string') return cell.text;
  return cell === '' ? null : cell;
}

function lineOf(error: CsvError): string {
  const lines: unknown = Reflect.get(error, 'lines');
  return typeof lines === 'number' ? `, line ${lines}` : '';
}
