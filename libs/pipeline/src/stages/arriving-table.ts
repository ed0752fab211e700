import type { CopyText, LocalPart, StagedTable, TableShape } from '@app/platform';
import { copyArriving, streamedFrom, verbatimRelation, type FileRelation, type StreamedTable } from '@app/transform';

/** The parts of a stream, each as soon as it is there. */
export type ArrivingParts = (stream: string, signal: AbortSignal) => AsyncIterable<LocalPart>;

/** A table that is copied while its stream is still being extracted. */
export class ArrivingTable implements StagedTable {
  private complete: StreamedTable | null = null;

  private constructor(
    private readonly expected: StreamedTable,
    private readonly relation: FileRelation,
    private readonly stream: string,
    private readonly parts: ArrivingParts,
  ) {}

  /** Null for a table whose rows have to be evaluated, which takes all of its parts. */
  static of(expected: StreamedTable, parts: ArrivingParts): ArrivingTable | null {
    const relation = verbatimRelation(expected.source, expected.table.columns.length);
    return relation?.origin === undefined ? null : new ArrivingTable(expected, relation, relation.origin.stream, parts);
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
    return copyArriving(this.relation, this.arriving(signal), signal);
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
