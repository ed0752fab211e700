import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileNotWrittenError, replaceFile } from './replace-file';

describe('replaceFile', () => {
  const { signal } = new AbortController();
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-replace-'));
    path = join(folder, 'file');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('writes all of the content, in order, over an earlier file', async () => {
    await writeFile(path, 'earlier');
    const texts = Array.from({ length: 5_000 }, (_, index) => `${index} ${'é'.repeat(100)}\n`);
    await replaceFile(path, texts, signal);
    expect(await readFile(path, 'utf8')).toBe(texts.join(''));
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('shows the earlier file until the content is complete', async () => {
    await writeFile(path, 'earlier');
    const seen: string[] = [];
    const content = async function* (): AsyncGenerator<string> {
      yield 'x'.repeat(1_000_000);
      seen.push(await readFile(path, 'utf8'));
    };
    await replaceFile(path, content(), signal);
    expect(seen).toEqual(['earlier']);
  });

  it('leaves the earlier file, and nothing else, when the content fails', async () => {
    await writeFile(path, 'earlier');
    const content = function* (): Generator<string> {
      yield 'half';
      throw new Error('no more');
    };
    await expect(replaceFile(path, content(), signal)).rejects.toThrow('no more');
    expect(await readFile(path, 'utf8')).toBe('earlier');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('writes nothing once aborted', async () => {
    await expect(replaceFile(path, ['text'], AbortSignal.abort())).rejects.toThrow('aborted');
    expect(await readdir(folder)).toEqual([]);
  });

  it('names the file when its place is taken or missing', async () => {
    await mkdir(path);
    await expect(replaceFile(path, ['text'], signal)).rejects.toThrow(FileNotWrittenError);
    expect(await readdir(folder)).toEqual(['file']);
    await expect(replaceFile(join(folder, 'gone', 'file'), ['text'], signal)).rejects.toThrow(
      `File ${join(folder, 'gone', 'file')} cannot be written`,
    );
  });
});
