import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArrayFileStart, type ArrayItem, readArrayFile } from './json-array-file';

describe('readArrayFile', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-array-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function itemsOf(content: string | Buffer, after: ArrayFileStart | null = null): Promise<ArrayItem[]> {
    const path = join(folder, 'array.json');
    await writeFile(path, content);
    const items: ArrayItem[] = [];
    for await (const item of readArrayFile(path, new AbortController().signal, after)) items.push(item);
    return items;
  }

  it('yields the text of each object with its place, a byte order mark aside', async () => {
    const items = await itemsOf('\uFEFF[ {"a":"]}\\""} ,\n{"b":{"c":[1]}}]\n');
    expect(items).toEqual([
      { text: '{"a":"]}\\""}', ordinal: 1, endBytes: 17 },
      { text: '{"b":{"c":[1]}}', ordinal: 2, endBytes: 35 },
    ]);
  });

  it('continues behind any item', async () => {
    const text = '[{"a":"ö"},{"b":2},{"c":3}]';
    const [first, ...rest] = await itemsOf(text);
    expect(await itemsOf(text, { offsetBytes: first!.endBytes, ordinal: first!.ordinal })).toEqual(rest);
  });

  it('keeps characters that the edge of a read cuts in two', async () => {
    const texts = Array.from({ length: 3_000 }, (_, index) => JSON.stringify({ note: 'Zoë–𝄞'.repeat(10 + (index % 7)) }));
    expect((await itemsOf(`[${texts.join(',')}]`)).map(({ text }) => text)).toEqual(texts);
  });

  it.each([
    ['{"a":1}', 'see byte 0'],
    ['[1]', 'see byte 1'],
    ['[{"a":1},]', 'see byte 9, after record 1'],
    ['[{"a":1}] x', 'see byte 10, after record 1'],
    ['[{"a":1},{"b', 'ends inside record 2'],
    ['[{"a":1}', 'ends before its array does'],
    ['', 'ends before its array does'],
    [Buffer.from('[{"a":"\xE9"}]', 'latin1'), 'holds a record 1 that is not UTF-8'],
  ])('refuses %j and says where', async (content, words) => {
    await expect(itemsOf(content)).rejects.toMatchObject({ code: 'source-data-invalid', message: expect.stringContaining(words) });
  });
});
