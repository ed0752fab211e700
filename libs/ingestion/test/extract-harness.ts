import type { Part } from '@app/platform';
import { RedcapSource, redcapConfigSchema, type Timing } from '@app/ingestion';
import { type Row, StrictRedcap, TOKEN } from './strict-redcap';

/** A part after it was consumed. */
export interface Staged {
  readonly name: string;
  readonly stream: string;
  readonly token: string;
  readonly rows: Row[];
  readonly columns: readonly string[];
}

export const entries = (...names: string[]): Row[] => names.map((field_name) => ({ field_name, form_name: '' }));
export const proposals = (...ids: unknown[]): Row[] => ids.map((proposal_id) => ({ proposal_id, title: `T${String(proposal_id)}` }));

/** A source and a server to draw from; waits take no time and are written down. */
export class ExtractHarness {
  readonly waitsMs: number[] = [];
  readonly timing: Timing = { now: () => 0, random: () => 0.5, delay: async (ms) => void this.waitsMs.push(ms) };
  readonly source = new RedcapSource(this.timing);

  private constructor(readonly redcap: StrictRedcap) {}

  static async start(
    rows: readonly Row[] = proposals('30', '4', '12'),
    dictionary: readonly Row[] = entries('proposal_id', 'title'),
    recordIdField?: string,
  ): Promise<ExtractHarness> {
    return new ExtractHarness(await StrictRedcap.start(rows, dictionary, recordIdField));
  }

  request(settings: Row = {}, after: string | null = null, signal = new AbortController().signal) {
    const config = redcapConfigSchema.parse({ url: this.redcap.url, token: TOKEN, batchSize: 2, concurrency: 1, ...settings });
    return { config, after, full: true, watermark: null, unit: null, signal };
  }

  extract(settings: Row = {}, after: string | null = null): Promise<Staged[]> {
    return drain(this.source.extract(this.request(settings, after)));
  }

  async records(settings: Row = {}): Promise<Row[]> {
    const staged = await this.extract(settings);
    return staged.filter(({ stream }) => stream === 'record').flatMap(({ rows }) => rows);
  }
}

export async function drain(parts: AsyncIterable<Part>): Promise<Staged[]> {
  const staged: Staged[] = [];
  for await (const part of parts) staged.push(await stage(part));
  return staged;
}

async function stage(part: Part): Promise<Staged> {
  const pieces: Uint8Array[] = [];
  for await (const piece of part.content) pieces.push(piece);
  const lines = Buffer.concat(pieces).toString('utf8').split('\n').slice(0, -1);
  const { columns } = part.summary();
  return { name: part.name, stream: part.stream, token: part.resumeToken, rows: lines.map((line) => JSON.parse(line) as Row), columns };
}
