import { hasCheckedCells, type DropConfig, type DropMember, type PartSummary } from '@app/platform';
import { partName, type MemberFile, type MemberPart } from './member-part';
import { formatOf, memberRows } from './member-rows';
import { ParquetPart } from './parquet-part';
import type { MemberFacts, RowBatch } from './rows/row-batch';

/** A part is closed once it holds this much; it ends with a whole row. */
export const DROP_PART_BYTES = 16 * 1024 ** 2;
/** Column of members with dates or declared types: where a row begins in its file. */
export const LINE_COLUMN = 'source_line';

/** What a file is staged as, at least one part. Each has to be read, or skipped, before the next one. @param first ordinal of the first */
export async function* memberParts(file: MemberFile, config: DropConfig, facts: MemberFacts, first: number): AsyncGenerator<MemberPart> {
  const { name, member, stream, content } = file;
  if (formatOf(name, member) === 'parquet') {
    yield new ParquetPart(file, config, first);
    return;
  }
  let ordinal = first;
  for await (const piece of pieces(memberRows(name, content, member, config, facts)))
    yield new RowsPart(stream, ordinal++, member, piece, facts);
}

/** Batches as often as they fill a part; at least one part, which may be empty. */
async function* pieces(batches: AsyncGenerator<RowBatch>): AsyncGenerator<AsyncGenerator<RowBatch>> {
  let next = await batches.next();
  do {
    async function* piece(): AsyncGenerator<RowBatch> {
      for (let size = 0; !next.done && size < DROP_PART_BYTES; next = await batches.next()) {
        size += next.value.bytes.length;
        yield next.value;
      }
    }
    yield piece();
  } while (!next.done);
}

class RowsPart implements MemberPart {
  readonly name: string;
  readonly resumeToken: string;
  readonly format = 'csv' as const;
  private readonly columns: readonly string[];
  private rows = 0;

  constructor(
    readonly stream: string,
    ordinal: number,
    member: DropMember,
    private readonly batches: AsyncGenerator<RowBatch>,
    private readonly facts: MemberFacts,
  ) {
    this.name = partName(ordinal);
    this.resumeToken = String(ordinal);
    this.columns = hasCheckedCells(member) ? [...member.columns, LINE_COLUMN] : member.columns;
  }

  get content(): AsyncGenerator<Uint8Array> {
    return this.bytes();
  }

  summary(): PartSummary {
    return { rows: this.rows, columns: this.columns, facts: { hasMarker: this.facts.hasMarker } };
  }

  async skip(): Promise<void> {
    for await (const batch of this.batches) this.rows += batch.rows;
  }

  private async *bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`${this.columns.map((name) => `"${name.replaceAll('"', '""')}"`).join(',')}\n`);
    for await (const batch of this.batches) {
      this.rows += batch.rows;
      yield batch.bytes;
    }
  }
}
