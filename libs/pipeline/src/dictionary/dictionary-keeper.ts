import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { archiveDictionary, DICTIONARY_STREAM } from '@app/ingestion';
import { OBJECT_STORE, type ObjectStore, type StagedPart } from '@app/platform';
import { REDCAP_DEFINITION } from '../redcap/redcap.definition';
import { redcapSyncConfig } from '../redcap/redcap-sync.config';
import { toArrayText } from './dictionary-entry';
import { DictionaryVersions } from './dictionary-versions';
import { DictionaryArchiveError } from './dictionary.errors';

/** Keeps the data dictionary of every extract that differs from the one before. */
@Injectable()
export class DictionaryKeeper {
  constructor(
    @Inject(redcapSyncConfig.KEY) private readonly config: ConfigType<typeof redcapSyncConfig>,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    private readonly versions: DictionaryVersions,
  ) {}

  /** The version of the dictionary among an extract's parts; null when there is none. A replay changes nothing. */
  async keep(pipeline: string, runId: string, parts: readonly StagedPart[], signal: AbortSignal): Promise<number | null> {
    const part = parts.find(({ stream }) => stream === DICTIONARY_STREAM);
    if (!part) return null;
    const dictionary = toArrayText(await text(await this.store.open(part.key, { signal })));
    const { version } = await this.versions.put(pipeline, runId, dictionary);
    // The folder has room for one project: that of the old deployment.
    if (this.config.dumpPath !== null && pipeline === REDCAP_DEFINITION.name) await archive(dictionary, this.config.dumpPath);
    return version;
  }
}

async function archive(dictionary: string, dumpPath: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-dictionary-'));
  try {
    const path = join(folder, 'dictionary.json');
    await writeFile(path, dictionary);
    await archiveDictionary(path, dumpPath);
  } catch (error) {
    throw new DictionaryArchiveError(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
