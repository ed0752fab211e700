import type { Part } from '@app/platform';
import { fetchAhead } from '../fetch-ahead';
import { HostBudgets } from '../http/host-budget';
import { systemTiming, type Timing } from '../http/timing';
import type { ExtractRequest, Source } from '../source';
import { ExtractNotResumableError, SourceDataInvalidError } from '../source.errors';
import { checkDictionary, fieldGroups } from './dictionary';
import { type FlatRow, rowsPart } from './flat-row';
import { DICTIONARY_STREAM, partName, RECORD_STREAM } from './part-name';
import { RecordFetcher } from './record-fetcher';
import { readRowsFile, recordFileParts } from './record-file';
import { chunksOf, idsAfter, orderRecordIds } from './record-ids';
import { RedcapApi } from './redcap-api';
import { DEFAULT_RECORD_ID_FIELD, type RedcapConfig, redcapConfigSchema } from './redcap.config';
import { type Position, readToken, writeToken } from './resume-token';

/**
 * A REDCap project: its data dictionary as one part of stream `metadata`, then its records as parts of stream `record`,
 * one per chunk of `batchSize` records in ascending order of their ids. Every value is text or null; event, repeat,
 * data access group and survey columns are ordinary columns.
 *
 * A replay from a resume token fetches the dictionary and the list of ids again, but no record twice. Records added
 * meanwhile are drawn when their id comes after the token's; others wait for the next run.
 *
 * Make one instance per process: it holds what all runs together may ask of a host.
 */
export class RedcapSource implements Source<RedcapConfig> {
  readonly kind = 'redcap';
  readonly configSchema = redcapConfigSchema;
  private readonly budgets: HostBudgets;

  constructor(private readonly timing: Timing = systemTiming) {
    this.budgets = new HostBudgets(timing);
  }

  async check(config: RedcapConfig, signal: AbortSignal): Promise<void> {
    if (config.downloadRecords || config.downloadDictionary) await this.api(config).version(signal);
  }

  async *extract({ config, after, signal }: ExtractRequest<RedcapConfig>): AsyncGenerator<Part> {
    const position = readToken(after);
    checkSameOrigin(position, config);
    const dictionary = await this.dictionary(config, signal);
    if (position.stage === 'start') {
      yield rowsPart(DICTIONARY_STREAM, DICTIONARY_STREAM, writeToken({ stage: 'dictionary' }), dictionary);
    }
    let parts = 0;
    for await (const part of this.records(config, dictionary, position, signal)) {
      parts += 1;
      yield part;
    }
    const isEmpty = parts === 0 && (position.stage === 'start' || position.stage === 'dictionary');
    if (isEmpty && !config.allowEmpty) {
      throw new SourceDataInvalidError('The REDCap project holds no records. Allow an empty extract if that is right.');
    }
  }

  private async dictionary(config: RedcapConfig, signal: AbortSignal): Promise<readonly FlatRow[]> {
    const rows = config.downloadDictionary
      ? await this.api(config).dictionary(signal)
      : await readRowsFile(required(config.dictionaryFile), config.maxResponseBytes, signal);
    return checkDictionary(rows, config.recordIdField);
  }

  private records(config: RedcapConfig, dictionary: readonly FlatRow[], position: Position, signal: AbortSignal): AsyncGenerator<Part> {
    if (config.downloadRecords) return this.downloaded(config, dictionary, position, signal);
    const after = position.stage === 'file' ? position : null;
    return recordFileParts(required(config.recordsFile), config.recordIdField, after, signal);
  }

  private async *downloaded(
    config: RedcapConfig,
    dictionary: readonly FlatRow[],
    position: Position,
    signal: AbortSignal,
  ): AsyncGenerator<Part> {
    const api = this.api(config);
    const all = orderRecordIds(await api.idRows(signal), config.recordIdField, config.recordIdField === DEFAULT_RECORD_ID_FIELD);
    const ids = position.stage === 'download' ? idsAfter(all, position.lastId) : all;
    const byRange = ids.canRange && config.selectBy === 'auto';
    const fetcher = new RecordFetcher(api, { byRange, fieldGroups: fieldGroups(dictionary, config) }, config, this.timing);
    const fetchChunk = async (chunk: readonly string[], chunkSignal: AbortSignal) => ({
      chunk,
      rows: await fetcher.fetch(chunk, chunkSignal),
    });
    let ordinal = position.stage === 'download' ? position.ordinal : 0;
    for await (const { chunk, rows } of fetchAhead(chunksOf(ids.texts, config.batchSize), config.concurrency, signal, fetchChunk)) {
      ordinal += 1;
      const token = writeToken({ stage: 'download', ordinal, lastId: chunk.at(-1) ?? '' });
      yield rowsPart(RECORD_STREAM, partName(ordinal), token, rows);
    }
  }

  private api(config: RedcapConfig): RedcapApi {
    return new RedcapApi({ url: required(config.url), token: required(config.token) }, config, this.budgets, this.timing);
  }
}

/** What the schema demands for this kind of request, so that its absence is our own mistake. */
function required(value: string | undefined): string {
  if (value === undefined) throw new Error('the settings were not parsed by the schema of the redcap source');
  return value;
}

function checkSameOrigin(position: Position, config: RedcapConfig): void {
  const origin = config.downloadRecords ? 'download' : 'file';
  if ((position.stage === 'download' || position.stage === 'file') && position.stage !== origin) {
    throw new ExtractNotResumableError('its records came from elsewhere before');
  }
}
