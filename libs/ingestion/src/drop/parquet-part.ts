import { EXPANSION_GRACE_BYTES, type ColumnType, type DropConfig } from '@app/platform';
import { DropRefusedError, type DropFinding } from './drop.errors';
import { partName, type MemberFile, type MemberPart } from './member-part';
import { assertMayBeEmpty } from './member-rows';
import { footerBytes, PARQUET_TAIL_BYTES, readFooter, type ParquetFooter } from './rows/parquet-footer';
import { drained } from './unpack/byte-stream';

/** Of the description at a file's end; one of a thousand columns and row groups has some hundred bytes for each pair. */
export const MAX_PARQUET_FOOTER_BYTES = 16 * 1024 ** 2;

/**
 * A Parquet file, staged byte for byte as one part. Its description is read as it passes: the configured columns must be there by
 * name, one value a row each, and what it says it unpacks to must be within the limits.
 */
export class ParquetPart implements MemberPart {
  readonly name: string;
  readonly stream: string;
  readonly resumeToken: string;
  readonly format = 'parquet' as const;
  private footer: ParquetFooter | null = null;

  constructor(
    private readonly file: MemberFile,
    private readonly config: DropConfig,
    ordinal: number,
  ) {
    this.name = partName(ordinal);
    this.stream = file.stream;
    this.resumeToken = String(ordinal);
  }

  get content(): AsyncGenerator<Buffer> {
    return this.bytes();
  }

  skip(): Promise<void> {
    return drained(this.bytes());
  }

  summary(): { rows: number; columns: readonly string[]; types: readonly ColumnType[] } {
    const { rows = 0, columns = [] } = this.footer ?? {};
    return { rows, columns: columns.map(({ name }) => name), types: columns.map(({ kind }) => (kind === 'bytes' ? 'bytes' : 'string')) };
  }

  private async *bytes(): AsyncGenerator<Buffer> {
    const tail: Buffer[] = [];
    let size = 0;
    let kept = 0;
    for await (const chunk of this.file.content) {
      size += chunk.length;
      tail.push(chunk);
      for (kept += chunk.length; kept - (tail[0]?.length ?? 0) >= MAX_PARQUET_FOOTER_BYTES; tail.shift()) kept -= tail[0]?.length ?? 0;
      yield chunk;
    }
    if (size === 0) this.fail('EMPTY_MEMBER', 'it is empty');
    this.footer = this.check(Buffer.concat(tail, kept), size);
    if (this.footer.rows === 0) assertMayBeEmpty(this.file.name, this.file.member);
  }

  private check(tail: Buffer, size: number): ParquetFooter {
    const length = footerBytes(tail);
    if (length === null) this.fail('MALFORMED_PARQUET', 'it is no Parquet file, an encrypted one, or cut off');
    if (length > MAX_PARQUET_FOOTER_BYTES - PARQUET_TAIL_BYTES)
      this.fail('LIMIT_EXCEEDED', `its description has more than ${MAX_PARQUET_FOOTER_BYTES} bytes`);
    const footer = readFooter(tail.subarray(Math.max(0, tail.length - PARQUET_TAIL_BYTES - length), tail.length - PARQUET_TAIL_BYTES));
    if (footer === null) this.fail('MALFORMED_PARQUET', 'its description is damaged');
    this.checkColumns(footer);
    this.checkSize(footer, size);
    return footer;
  }

  private checkColumns({ columns }: ParquetFooter): void {
    if (new Set(columns.map(({ name }) => name.toLowerCase())).size < columns.length)
      this.fail('MALFORMED_PARQUET', 'two of its columns have the same name, letter case aside');
    for (const column of this.file.member.columns) {
      const found = columns.find(({ name }) => name === column);
      if (found === undefined) this.fail('TOO_FEW_COLUMNS', 'it is not there', column);
      if (found.kind === 'nested') this.fail('BAD_VALUE', 'it holds lists or groups instead of one value a row', column);
    }
  }

  /** A cell counts as a byte at least: repetitions take no room in the file. */
  private checkSize({ rows, columns, bytes }: ParquetFooter, size: number): void {
    const { uncompressedBytes, expansionRatio } = this.config.limits;
    const unpacked = Math.max(bytes, rows * columns.length);
    if (unpacked > uncompressedBytes) this.fail('LIMIT_EXCEEDED', `it unpacks to more than ${uncompressedBytes} bytes`);
    if (unpacked > EXPANSION_GRACE_BYTES && unpacked > expansionRatio * size)
      this.fail('LIMIT_EXCEEDED', `it unpacks to more than ${expansionRatio} times its size`);
  }

  private fail(finding: DropFinding, what: string, column?: string): never {
    throw new DropRefusedError(finding, what, { member: this.file.name, ...(column !== undefined && { column }) });
  }
}
