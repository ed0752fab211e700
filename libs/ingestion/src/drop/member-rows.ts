import type { DropConfig, DropMember } from '@app/platform';
import { DropRefusedError } from './drop.errors';
import { delimitedRows } from './rows/delimited-rows';
import { MissingValues } from './rows/missing-values';
import type { MemberFacts, RowBatch } from './rows/row-batch';
import { splitRows } from './rows/split-rows';
import { textOf } from './rows/text-input';

const NO_QUOTE = -1;
const MAX_ASCII = 0x7f;

/** Dates and declared types are checked later; what is wrong then has to be told by its line. */
export const isNumbered = ({ shaping }: DropMember): boolean =>
  shaping.dates.length + shaping.integers.length + shaping.floats.length + shaping.booleans.length > 0;

/**
 * The rows of one file as they are staged, and what is known about it once they are through.
 * @throws {DropRefusedError} for a file that cannot be read, or holds nothing
 */
export async function* memberRows(
  file: string,
  content: AsyncIterable<Buffer>,
  member: DropMember,
  { limits }: Pick<DropConfig, 'limits'>,
  facts: MemberFacts,
): AsyncGenerator<RowBatch> {
  const { reading, columns } = member;
  const text = textOf(content, reading);
  const common = { member: file, hasHeader: reading.hasHeader, limits, numbered: isNumbered(member) };
  const delim = reading.delim ?? (/\.tsv(\.gz)?$/i.test(file) ? '\t' : ',');
  const isByte = delim.length === 1 && delim.charCodeAt(0) <= MAX_ASCII;
  const rows = isByte
    ? delimitedRows(text, { ...common, dialect: dialect(delim, member), missing: new MissingValues(reading.naValues) }, facts)
    : splitRows(text, { ...common, delim, columns: columns.length, naValues: reading.naValues }, facts);
  let count = 0;
  for await (const batch of rows) {
    if (count === 0) checkHeader(file, member, facts);
    count += batch.rows;
    yield batch;
  }
  if (count > 0) return;
  checkHeader(file, member, facts);
  if (facts.header === null) throw new DropRefusedError('EMPTY_MEMBER', 'it holds no line of text', { member: file });
  if (reading.headerOnly === 'reject') throw new DropRefusedError('EMPTY_MEMBER', 'it holds a header and no rows', { member: file });
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
