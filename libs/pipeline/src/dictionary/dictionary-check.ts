import { Injectable } from '@nestjs/common';
import type { PipelineDefinition } from '../definitions/definition';
import type { RunEntity } from '../runs/run.entity';
import { exportedFields } from './dictionary-entry';
import type { DictionaryVersionEntity } from './dictionary-version.entity';
import { DictionaryVersions } from './dictionary-versions';
import { MappedFieldRemovedError, type RemovedField } from './dictionary.errors';
import { MappedFields } from './mapped-fields';

/** Stops a run whose data dictionary lost fields that the mapping reads: their columns would be emptied without a word. */
@Injectable()
export class DictionaryCheck {
  constructor(
    private readonly versions: DictionaryVersions,
    private readonly mapped: MappedFields,
  ) {}

  /**
   * Compares a version with the one accepted last and accepts it, once and for all; a dry run accepts nothing. What a
   * failed run refused is refused again until it is mended or allowed.
   * @throws {MappedFieldRemovedError} unless the run has the parameter `allowRemovedFields`
   */
  async check(run: Pick<RunEntity, 'parameters' | 'dryRun'>, definition: PipelineDefinition, version: number): Promise<void> {
    const current = await this.versions.get(definition.name, version);
    if (current.acceptedAt !== null) return;
    const previous = await this.versions.latestAccepted(definition.name);
    if (previous && run.parameters.allowRemovedFields !== true) await this.refuseRemoved(definition, previous, current);
    if (!run.dryRun) await this.versions.accept(current);
  }

  private async refuseRemoved(
    definition: PipelineDefinition,
    previous: DictionaryVersionEntity,
    current: DictionaryVersionEntity,
  ): Promise<void> {
    const uses = await this.mapped.usesOf(definition);
    const before = exportedFields(await this.versions.entries(previous));
    const after = exportedFields(await this.versions.entries(current));
    const removed = [...before]
      .filter((field) => !after.has(field))
      .map((field): RemovedField => ({ field, feeds: uses.of(field).filter(({ row }) => row !== null) }))
      .filter(({ feeds }) => feeds.length > 0);
    if (removed.length > 0) throw new MappedFieldRemovedError(definition.name, { from: previous.version, to: current.version }, removed);
  }
}
