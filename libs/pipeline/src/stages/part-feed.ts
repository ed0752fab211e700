import { EventEmitter, once } from 'node:events';
import type { Manifest, StagedPart } from '@app/platform';

/** The parts of an extract as they come to lie in the staging store, for whoever loads them meanwhile. */
export class PartFeed {
  private readonly parts: StagedPart[];
  private readonly changes = new EventEmitter();
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
    let hasBegun = false;
    for (let index = 0; ; index += 1) {
      while (index >= this.parts.length && this.manifest === null) await this.change(signal);
      const part = this.parts[index];
      if (part === undefined || (hasBegun && part.stream !== stream)) return;
      if (part.stream === stream) yield part;
      hasBegun ||= part.stream === stream;
    }
  }

  private async change(signal: AbortSignal): Promise<void> {
    await once(this.changes, 'change', { signal });
  }
}
