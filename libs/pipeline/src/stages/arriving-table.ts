import type { CopyText, LocalPart, StagedTable, TableShape } from '@app/platform';
import { copyArriving, streamedFrom, verbatimFiles, type StreamedTable, type VerbatimFiles } from '@app/transform';

/** The parts of a stream, each as soon as it is there. */
export type ArrivingParts = (stream: string, signal: AbortSignal) => AsyncIterable<LocalPart>;

/** A table that is copied while its stream is still being extracted. */
export class ArrivingTable implements StagedTable {
  private complete: StreamedTable | null = null;

  private constructor(
    private readonly expected: StreamedTable,
    private readonly files: VerbatimFiles,
    private readonly stream: string,
    private readonly parts: ArrivingParts,
  ) {}

  /** Null for a table whose rows have to be evaluated, which takes all of its parts. */
  static of(expected: StreamedTable, parts: ArrivingParts): ArrivingTable | null {
    const { columns, blankIsNull, nullIsBlank } = expected.table;
    const files = verbatimFiles(expected.source, columns.length);
    const stream = files?.relation.origin?.stream;
    if (!files || stream === undefined || (files.format === 'text' && (blankIsNull || nullIsBlank))) return null;
    return new ArrivingTable(expected, files, stream, parts);
  }

  get table(): TableShape {
    return this.expected.table;
  }

  get rows(): number {
    return this.complete?.rows ?? 1;
  }

  get fingerprint(): string {
    return this.complete?.fingerprint ?? '';
  }

  open(signal: AbortSignal): CopyText {
    return copyArriving(this.files, this.arriving(signal), signal);
  }

  private async *arriving(signal: AbortSignal): AsyncGenerator<LocalPart> {
    const parts: LocalPart[] = [];
    for await (const part of this.parts(this.stream, signal)) {
      parts.push(part);
      yield part;
    }
    const complete = streamedFrom(this.expected, parts);
    // What to do without rows is decided before a copy begins.
    if (complete.rows === 0) throw new Error(`Table ${this.table.name} has no rows.`);
    this.complete = complete;
  }
}
