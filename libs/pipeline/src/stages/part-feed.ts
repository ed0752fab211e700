import { EventEmitter, once } from 'node:events';
import type { Manifest, StagedPart } from '@app/platform';

/** Parts that may wait to be loaded: the load is never idle, and has little left to do when the extract ends. */
const MOST_WAITING = 2;
/** An extract waits no longer for a load that is slow or stuck: statements of its source run meanwhile, and have a time limit. */
const LONGEST_WAIT_MS = 5_000;

/** The parts of an extract as they come to lie in the staging store, for whoever loads them meanwhile. */
export class PartFeed {
  private readonly parts: StagedPart[];
  private readonly changes = new EventEmitter();
  /** Streams that somebody is loading, each with the index of the part that comes next. */
  private readonly loading = new Map<string, number>();
  private manifest: Manifest | null = null;

  /** @param earlier those that attempts before this one staged */
  constructor(earlier: readonly StagedPart[]) {
    this.parts = [...earlier];
  }

  add(part: StagedPart): void {
    this.parts.push(part);
    this.changes.emit('change');
  }

  /** Nothing more comes: the extract is sealed. */
  complete(manifest: Manifest): void {
    this.manifest = manifest;
    this.changes.emit('change');
  }

  /**
   * Holds an extract back that is too far ahead of whoever loads the stream: where source and target share a machine, the slower
   * one needs it more. Waits for nobody who has not begun, and for a while only.
   */
  async keepClose(stream: string, signal: AbortSignal, longestMs = LONGEST_WAIT_MS): Promise<void> {
    const patience = AbortSignal.timeout(longestMs);
    while (!patience.aborted && this.waiting(stream) > MOST_WAITING)
      await this.change(AbortSignal.any([signal, patience])).catch(() => signal.throwIfAborted());
  }

  /** What sealed the extract, once it is there. An extract that fails aborts the signal. */
  async sealed(signal: AbortSignal): Promise<Manifest> {
    while (this.manifest === null) await this.change(signal);
    return this.manifest;
  }

  /** The parts that are there as soon as there are so many, or all of an extract that has fewer. */
  async first(count: number, signal: AbortSignal): Promise<readonly StagedPart[]> {
    while (this.parts.length < count && this.manifest === null) await this.change(signal);
    return [...this.parts];
  }

  /** The parts of a stream, each as soon as it is there. A stream ends where another one follows it, or with the extract. */
  async *of(stream: string, signal: AbortSignal): AsyncGenerator<StagedPart> {
    try {
      for (let index = 0; ; index += 1) {
        while (index >= this.parts.length && this.manifest === null) await this.change(signal);
        const part = this.parts[index];
        if (part === undefined || (this.loading.has(stream) && part.stream !== stream)) return;
        if (part.stream !== stream) continue;
        this.loading.set(stream, index + 1);
        this.changes.emit('change');
        yield part;
      }
    } finally {
      this.loading.delete(stream);
      this.changes.emit('change');
    }
  }

  private waiting(stream: string): number {
    return this.parts.length - (this.loading.get(stream) ?? this.parts.length);
  }

  private async change(signal: AbortSignal): Promise<void> {
    await once(this.changes, 'change', { signal });
  }
}
