import type { DatasetWriter, LocalPart, Manifest, StagedPart, StagingStore } from '@app/platform';
import type { StageName } from './stage';

/** The datasets of one unit of a run, one for each stage. */
export class UnitStaging {
  constructor(
    private readonly store: StagingStore,
    private readonly runId: string,
    /** Tells the units of a run apart; empty for a run that is one. */
    private readonly prefix: string,
  ) {}

  open(stage: StageName): Promise<DatasetWriter> {
    return this.store.open(this.runId, this.nameOf(stage));
  }

  isSealed(stage: StageName): Promise<boolean> {
    return this.store.isSealed(this.runId, this.nameOf(stage));
  }

  /** The manifest of a stage that the engine has already been through. */
  async sealed(stage: StageName): Promise<Manifest> {
    const manifest = await this.store.manifest(this.runId, this.nameOf(stage));
    if (!manifest) throw new Error(`Stage ${stage} of run ${this.runId} has no manifest although a later stage runs.`);
    return manifest;
  }

  /** What a stage has staged so far, sealed or not. */
  async parts(stage: StageName): Promise<readonly StagedPart[]> {
    return (await this.store.manifest(this.runId, this.nameOf(stage)))?.parts ?? (await this.open(stage)).parts;
  }

  /** Forgets what an attempt that died left behind. */
  discard(stage: StageName): Promise<void> {
    return this.store.discard(this.runId, this.nameOf(stage));
  }

  materialise(parts: readonly StagedPart[], dir: string, signal: AbortSignal): Promise<LocalPart[]> {
    return this.store.materialise(parts, dir, signal);
  }

  private nameOf(stage: StageName): string {
    return `${this.prefix}${stage}`;
  }
}
