import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { OBJECT_STORE, type ObjectStore } from '@app/platform';
import { IsNull, Not, Repository } from 'typeorm';
import { type DictionaryEntry, parseEntries } from './dictionary-entry';
import { DictionaryVersionEntity } from './dictionary-version.entity';
import { DictionaryVersionNotFoundError } from './dictionary.errors';

const FOLDER = 'dictionaries/';

/** The states of each pipeline's data dictionary. They are never removed: they are small, and hold no patient. */
@Injectable()
export class DictionaryVersions {
  constructor(
    @InjectRepository(DictionaryVersionEntity) private readonly versions: Repository<DictionaryVersionEntity>,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /** Newest first. */
  list(pipeline: string): Promise<DictionaryVersionEntity[]> {
    return this.versions.find({ where: { pipeline }, order: { version: 'DESC' } });
  }

  latest(pipeline: string): Promise<DictionaryVersionEntity | null> {
    return this.versions.findOne({ where: { pipeline }, order: { version: 'DESC' } });
  }

  /** @throws {DictionaryVersionNotFoundError} */
  async get(pipeline: string, version: number): Promise<DictionaryVersionEntity> {
    const found = await this.versions.findOneBy({ pipeline, version });
    if (!found) throw new DictionaryVersionNotFoundError(pipeline, version);
    return found;
  }

  /** The one that a run accepted last. */
  latestAccepted(pipeline: string): Promise<DictionaryVersionEntity | null> {
    return this.versions.findOne({ where: { pipeline, acceptedAt: Not(IsNull()) }, order: { acceptedAt: 'DESC' } });
  }

  async accept({ pipeline, version }: DictionaryVersionEntity): Promise<void> {
    await this.versions.update({ pipeline, version }, { acceptedAt: new Date() });
  }

  /** Stores a dictionary, a JSON array, as a new version; one equal to the newest changes nothing and answers that. */
  async put(pipeline: string, runId: string, arrayText: string): Promise<DictionaryVersionEntity> {
    const checksum = createHash('sha256').update(arrayText).digest('hex');
    const objectKey = `${FOLDER}${pipeline}/${checksum}.json`;
    const entries = parseEntries(arrayText).length;
    for (;;) {
      const latest = await this.latest(pipeline);
      if (latest?.checksum === checksum) return latest;
      await this.store.put(objectKey, Buffer.from(arrayText));
      const version = (latest?.version ?? 0) + 1;
      // Two runs may choose the same next version; the loser looks again.
      await this.versions
        .createQueryBuilder()
        .insert()
        .values({ pipeline, version, checksum, entries, objectKey, runId })
        .orIgnore()
        .execute();
    }
  }

  async entries({ objectKey }: DictionaryVersionEntity): Promise<DictionaryEntry[]> {
    return parseEntries(await text(await this.store.open(objectKey)));
  }
}
