import { hasCheckedCells, type DropConfig, type DropMember, type MemberFormat } from '@app/platform';
import { DropRefusedError } from './drop.errors';
import { accessLogRows } from './rows/access-log-rows';
import { delimitedRows } from './rows/delimited-rows';
import { jsonRows } from './rows/json-rows';
import type { MemberFacts, RowBatch } from './rows/row-batch';
import { splitRows } from './rows/split-rows';
import { textOf } from './rows/text-input';

const NO_QUOTE = -1;
const MAX_ASCII = 0x7f;
const PACKED = /\.gz$/i;
const FORMATS: Readonly<Record<string, MemberFormat>> = { json: 'json', ndjson: 'ndjson', jsonl: 'ndjson', parquet: 'parquet' };

/** As configured, or by the file's name. */
export const formatOf = (file: string, { reading }: DropMember): MemberFormat =>
  reading.accessLog ? 'csv' : (reading.format ?? FORMATS[extension(file)] ?? 'csv');

const extension = (file: string): string => file.replace(PACKED, '').split('.').at(-1)?.toLowerCase() ?? '';

/**
 * The rows of one file as they are staged, and what is known about it once they are through.
 * @throws {DropRefusedError} for a file that cannot be read, or holds nothing
 */
export async function* memberRows(
  file: string,
  content: AsyncIterable<Buffer>,
  member: DropMember,
  config: Pick<DropConfig, 'limits'>,
  facts: MemberFacts,
): AsyncGenerator<RowBatch> {
  let count = 0;
  for await (const batch of rowsOf(file, textOf(content, member.reading), member, config, facts)) {
    if (count === 0) checkHeader(file, member, facts);
    count += batch.rows;
    yield batch;
  }
  if (count > 0) return;
  checkHeader(file, member, facts);
  if (member.reading.emptyOk) return;
  if (facts.header === null) throw new DropRefusedError('EMPTY_MEMBER', `it holds no line ${soughtBy(member)}`, { member: file });
  assertMayBeEmpty(file, member);
}

const soughtBy = ({ reading }: DropMember): string => (reading.accessLog ? 'that an expression matches' : 'of text');

/** @throws {DropRefusedError} EMPTY_MEMBER unless a file may be there without rows */
export function assertMayBeEmpty(file: string, { reading }: DropMember): void {
  if (reading.headerOnly === 'reject' && !reading.emptyOk)
    throw new DropRefusedError('EMPTY_MEMBER', 'it holds a header and no rows', { member: file });
}

function rowsOf(
  file: string,
  text: AsyncIterable<Buffer>,
  member: DropMember,
  { limits }: Pick<DropConfig, 'limits'>,
  facts: MemberFacts,
): AsyncGenerator<RowBatch> {
  const { reading, shaping, columns } = member;
  const { hasHeader, naValues } = reading;
  const common = { member: file, naValues, marker: shaping.nullMarker, limits, numbered: hasCheckedCells(member) };
  if (reading.accessLog) return accessLogRows(text, reading.accessLog, { ...common, columns: columns.length }, facts);
  if (formatOf(file, member) !== 'csv') return jsonRows(text, { ...common, columns }, facts);
  const delim = reading.delim ?? (extension(file) === 'tsv' ? '\t' : ',');
  const isByte = delim.length === 1 && delim.charCodeAt(0) <= MAX_ASCII;
  if (!isByte) return splitRows(text, { ...common, hasHeader, delim, columns: columns.length }, facts);
  return delimitedRows(text, { ...common, hasHeader, dialect: dialect(delim, member) }, facts);
}

const dialect = (delim: string, { reading, columns }: DropMember) => ({
  delim: delim.charCodeAt(0),
  quote: reading.quote === null || reading.stripQuotes ? NO_QUOTE : reading.quote.charCodeAt(0),
  columns: columns.length,
});

function checkHeader(file: string, { reading, columns }: DropMember, { header }: MemberFacts): void {
  if (!reading.checkHeader || header === null) return;
  const wrong = columns.find((column, index) => column.toLowerCase() !== header[index]?.toLowerCase());
  if (wrong !== undefined)
    throw new DropRefusedError('BAD_VALUE', 'the header has another name in its place', { member: file, line: 1, column: wrong });
}
