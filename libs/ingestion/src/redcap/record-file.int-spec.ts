import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Part } from '@app/platform';
import { redcapConfigSchema } from './redcap.config';
import { RedcapSource } from './redcap.source';

describe('records and dictionary from files', () => {
  let folder: string;
  let recordsFile: string;
  let dictionaryFile: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'redcap-files-'));
    recordsFile = join(folder, 'redcap_export.json');
    dictionaryFile = join(folder, 'dictionary.json');
    await writeFile(dictionaryFile, '[{"field_name": "proposal_id"}]');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function extract(after: string | null = null): AsyncIterable<Part> {
    const config = redcapConfigSchema.parse({ downloadRecords: false, recordsFile, downloadDictionary: false, dictionaryFile });
    return new RedcapSource().extract({ config, after, full: true, watermark: null, unit: null, signal: new AbortController().signal });
  }

  async function rowsOf(text: string): Promise<unknown[]> {
    await writeFile(recordsFile, text);
    const rows: unknown[] = [];
    for await (const part of extract()) if (part.stream === 'record') rows.push(...(await linesOf(part)));
    return rows;
  }

  it('reads what a download wrote, without asking any server (L12)', async () => {
    const text = `\uFEFF [\n  {"proposal_id": "0", "note": "brackets ]}{[ and \\"quotes\\\\", "n": 94.0},\n {"proposal_id":"1","list":["x",{"y":1}]} ]\n`;
    expect(await rowsOf(text)).toEqual([
      { proposal_id: '0', note: 'brackets ]}{[ and "quotes\\', n: '94.0' },
      { proposal_id: '1', list: '["x",{"y":1}]' },
    ]);
  });

  it('keeps characters that the edge of a read cuts in two', async () => {
    const rows = Array.from({ length: 2_000 }, (_, index) => ({ proposal_id: String(index), note: 'Zoë–𝄞'.repeat(10 + (index % 7)) }));
    expect(await rowsOf(JSON.stringify(rows))).toEqual(rows);
  });

  it.each([
    ['an object', '{"proposal_id":"1"}', 'byte 0'],
    ['an array of texts', '["a"]', 'byte 1'],
    ['a missing comma', '[{"proposal_id":"1"} {"proposal_id":"2"}]', 'byte 21, after record 1'],
    ['a trailing comma', '[{"proposal_id":"1"},]', 'byte 21, after record 1'],
    ['something behind the array', '[{"proposal_id":"1"}] x', 'byte 22, after record 1'],
    ['a record cut short', '[{"proposal_id":"1"},{"proposal', 'inside record 2'],
    ['an array cut short', '[{"proposal_id":"1"}', 'before its array does'],
    ['an empty file', '', 'before its array does'],
    ['a malformed record', '[{"proposal_id":"1"},{"name":"Ann", secret}]', 'Record 2'],
    ['a record without its id', '[{"proposal_id":"1"},{"name":"Ann"}]', 'proposal_id'],
    ['no record', '[]', 'no records'],
  ])('refuses %s and says where, without quoting it', async (_, text, words) => {
    const error: unknown = await rowsOf(text).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'source-data-invalid', message: expect.stringContaining(words) });
    expect(String(error)).not.toMatch(/Ann|secret/);
  });

  it('names a file that is missing', async () => {
    await expect(linesOfAll(extract())).rejects.toMatchObject({
      code: 'source-data-invalid',
      message: expect.stringContaining('redcap_export.json'),
    });
  });

  it('reads a large file as bounded parts and continues behind any of them', async () => {
    const count = 30_000;
    await pipeline(Readable.from(largeArray(count)), createWriteStream(recordsFile));
    const tokens: string[] = [];
    const ids: string[] = [];
    for await (const part of extract()) {
      if (part.stream !== 'record') continue;
      const lines = await linesOf(part);
      tokens.push(part.resumeToken);
      ids.push(...lines.map(idOf));
      expect(JSON.stringify(lines).length).toBeLessThan(9 * 1024 ** 2);
    }
    expect(ids).toEqual(Array.from({ length: count }, (_, index) => String(index)));
    expect(tokens.length).toBeGreaterThan(3);
    const rest = await linesOfAll(extract(tokens[1]));
    expect(rest.map(idOf)).toEqual(ids.slice(-rest.length));
    expect(rest.length).toBeLessThan(count - 1_000);
    expect((await namesOf(extract(tokens[1])))[0]).toBe('record-000003');
  });

  it('does not continue in a file that changed', async () => {
    await writeFile(recordsFile, '[{"proposal_id":"1"}]');
    let token = '';
    for await (const part of extract()) token = part.resumeToken;
    await writeFile(recordsFile, '[{"proposal_id":"1"},{"proposal_id":"2"}]');
    await expect(linesOfAll(extract(token))).rejects.toMatchObject({ code: 'run-not-resumable' });
  });
});

function* largeArray(count: number): Generator<string> {
  const notes = 'some words of a clinic, '.repeat(50);
  for (let index = 0; index < count; index += 1) yield `${index === 0 ? '[' : ','}\n{"proposal_id":"${index}","notes":"${notes}"}`;
  yield ']';
}

async function linesOf(part: Part): Promise<unknown[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of part.content) pieces.push(piece);
  const text = Buffer.concat(pieces).toString('utf8');
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
}

async function linesOfAll(parts: AsyncIterable<Part>): Promise<unknown[]> {
  const lines: unknown[] = [];
  for await (const part of parts) lines.push(...(await linesOf(part)));
  return lines;
}

async function namesOf(parts: AsyncIterable<Part>): Promise<string[]> {
  const names: string[] = [];
  for await (const part of parts) names.push(part.name);
  return names;
}

function idOf(row: unknown): string {
  return (row as { proposal_id: string }).proposal_id;
}
