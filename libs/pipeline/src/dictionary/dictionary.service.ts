import { Injectable } from '@nestjs/common';
import { DefinitionService } from '../definitions/definition.service';
import { dictionaryDifference, type DictionaryDifference } from './dictionary-difference';
import type { DictionaryVersionEntity } from './dictionary-version.entity';
import { DictionaryVersions } from './dictionary-versions';
import { MappedFields } from './mapped-fields';

/** The data dictionaries that runs brought, and how they drifted. */
@Injectable()
export class DictionaryService {
  constructor(
    private readonly definitions: DefinitionService,
    private readonly stored: DictionaryVersions,
    private readonly mapped: MappedFields,
  ) {}

  /** Newest first. @throws {DefinitionNotFoundError} */
  async versions(pipeline: string): Promise<DictionaryVersionEntity[]> {
    await this.definitions.get(pipeline);
    return this.stored.list(pipeline);
  }

  /**
   * What differs between two versions, with the columns that the newest definition's mapping feeds.
   * @throws {DefinitionNotFoundError} {DictionaryVersionNotFoundError} {MappingInvalidError} {InputInvalidError} when the mapping file cannot be read here
   */
  async difference(pipeline: string, from: number, to: number): Promise<DictionaryDifference> {
    const { document } = await this.definitions.get(pipeline);
    const [before, after] = [await this.stored.get(pipeline, from), await this.stored.get(pipeline, to)];
    const uses = await this.mapped.usesOf(document);
    return dictionaryDifference(await this.stored.entries(before), await this.stored.entries(after), uses);
  }
}
