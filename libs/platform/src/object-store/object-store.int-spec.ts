import { createHash, randomUUID } from 'node:crypto';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { describeWithS3, makeTestBucket, TEST_S3 } from '@app/testing';
import type { ObjectStore } from './object-store';
import { openObjectStore } from './open-object-store';

const BUCKET = 'tributary-object-store-test';
/** 1026 bytes of UTF-8. */
const TOO_LONG_KEY = 'ü'.repeat(513);
const MEBIBYTE = 1024 ** 2;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function* repeated(chunk: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < times; index += 1) yield chunk;
}

/** Yields once, then stays silent for ever. */
async function* stalling(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(MEBIBYTE);
  await new Promise<never>(() => undefined);
}

async function* failing(chunks: number): AsyncGenerator<Uint8Array> {
  yield* repeated(Buffer.alloc(MEBIBYTE), chunks);
  throw new Error('the source broke');
}

/** What every store does. */
function behavesLikeAStore(openStore: () => Promise<{ store: ObjectStore; dispose(): Promise<void> }>): void {
  let store: ObjectStore;
  let dispose: () => Promise<void>;
  beforeAll(async () => ({ store, dispose } = await openStore()));
  afterAll(() => dispose());
  beforeEach(async () => {
    for await (const folder of store.folders('')) await store.deletePrefix(`${folder}/`);
    for await (const { key } of store.list('')) await store.delete(key);
  });

  const read = async (key: string) => (await buffer(await store.open(key))).toString();
  const keys = async (prefix: string) => (await all(store.list(prefix))).map(({ key }) => key);

  it('gives back what was put, with its size, hash, metadata and etag', async () => {
    const key = 'a/b c/ü+%41&=.csv';
    const result = await store.put(key, Buffer.from('hello'), { metadata: { reason: 'a test, no more', 'run-id': '7' } });
    expect(result).toMatchObject({ sizeBytes: 5, sha256: createHash('sha256').update('hello').digest('hex') });
    expect(await read(key)).toBe('hello');
    expect(await store.stat(key)).toMatchObject({
      key,
      sizeBytes: 5,
      etag: result.etag,
      metadata: { reason: 'a test, no more', 'run-id': '7' },
    });
    expect(await all(store.list('a/'))).toEqual([expect.objectContaining({ key, sizeBytes: 5, etag: result.etag })]);
  });

  it('stores large streams and empty ones', async () => {
    const chunk = Buffer.alloc(MEBIBYTE, 'x');
    const large = await store.put('large', repeated(chunk, 40));
    expect(large.sizeBytes).toBe(40 * MEBIBYTE);
    const back = createHash('sha256');
    for await (const piece of await store.open('large')) back.update(piece as Buffer);
    expect(back.digest('hex')).toBe(large.sha256);
    expect(await store.put('empty', repeated(chunk, 0))).toMatchObject({ sizeBytes: 0 });
    expect(await read('empty')).toBe('');
  });

  it('replaces an object whole, its metadata included', async () => {
    const first = await store.put('key', Buffer.from('first, longer'), { metadata: { a: '1' } });
    const second = await store.put('key', Buffer.from('second'));
    expect(second.etag).not.toBe(first.etag);
    expect(await read('key')).toBe('second');
    expect((await store.stat('key'))?.metadata).toEqual({});
  });

  it.each([1, 40])('keeps the old object when the source breaks after %i MiB, and passes its error on', async (chunks) => {
    await store.put('key', Buffer.from('old'));
    await expect(store.put('key', failing(chunks))).rejects.toThrow('the source broke');
    expect(await read('key')).toBe('old');
    expect(await keys('')).toEqual(['key']);
  });

  it('stops on an abort while the source is silent, and keeps the old object', async () => {
    await store.put('key', Buffer.from('old'));
    const controller = new AbortController();
    const put = store.put('key', stalling(), { signal: controller.signal });
    controller.abort(new Error('cancelled by the user'));
    await expect(put).rejects.toThrow('cancelled by the user');
    expect(await read('key')).toBe('old');
    expect(await keys('')).toEqual(['key']);
  });

  it('ends a read on an abort', async () => {
    await store.put('large', repeated(Buffer.alloc(MEBIBYTE), 20));
    const controller = new AbortController();
    const stream = await store.open('large', { signal: controller.signal });
    const reading = finished(stream.once('data', () => controller.abort()));
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    await expect(store.open('large', { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late');
  });

  it('tells a missing object from everything else', async () => {
    await store.put('a/b', Buffer.from('x'));
    for (const key of ['none', 'a', 'a/b/c']) {
      expect(await store.stat(key)).toBeNull();
      await expect(store.open(key)).rejects.toMatchObject({ code: 'object-not-found', retryable: false });
      await expect(store.copy(key, 'copy')).rejects.toMatchObject({ code: 'object-not-found' });
      await store.delete(key);
    }
    expect(await keys('')).toEqual(['a/b']);
  });

  it('lists in the byte order of whole keys, by any beginning', async () => {
    const names = ['a', 'a b/1', 'a!', 'ab/1', 'ab/10', 'ab/2/x', 'ab-c', 'ab.c', 'b', 'é', '\uffee', '😀'];
    const expected = [...names].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    for (const name of names) await store.put(name, Buffer.from(name));
    expect(await keys('')).toEqual(expected);
    expect(await keys('ab')).toEqual(['ab-c', 'ab.c', 'ab/1', 'ab/10', 'ab/2/x']);
    expect(await keys('ab/1')).toEqual(['ab/1', 'ab/10']);
    expect(await keys('none/')).toEqual([]);
    expect(await all(store.folders(''))).toEqual(['a b', 'ab']);
    expect(await all(store.folders('ab/'))).toEqual(['2']);
  });

  it('lists and deletes more than a page of a thousand', async () => {
    const names = Array.from({ length: 1005 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
    for (let index = 0; index < names.length; index += 50)
      await Promise.all(names.slice(index, index + 50).map((name) => store.put(name, Buffer.from('x'))));
    await store.put('many-more', Buffer.from('x'));
    expect(await keys('many/')).toEqual(names);
    await store.deletePrefix('many/');
    expect(await keys('')).toEqual(['many-more']);
  });

  it('deletes only whole folders, never everything', async () => {
    await store.put('run-10/x', Buffer.from('x'));
    await expect(store.deletePrefix('run-1')).rejects.toMatchObject({ code: 'request-invalid' });
    await expect(store.deletePrefix('')).rejects.toMatchObject({ code: 'request-invalid' });
    await store.deletePrefix('run-1/');
    expect(await keys('')).toEqual(['run-10/x']);
  });

  it('copies with the old metadata, or with new', async () => {
    await store.put('from ü', Buffer.from('content'), { metadata: { a: '1' } });
    await store.copy('from ü', 'to/one');
    await store.copy('from ü', 'to/two', { metadata: { b: '2' } });
    expect(await read('to/two')).toBe('content');
    expect((await store.stat('to/one'))?.metadata).toEqual({ a: '1' });
    expect((await store.stat('to/two'))?.metadata).toEqual({ b: '2' });
  });

  it('takes over a local file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'local-'));
    const path = join(folder, 'file');
    await writeFile(path, 'content');
    expect(await store.putFile('deep/file', path, { metadata: { a: '1' } })).toMatchObject({
      sizeBytes: 7,
      sha256: createHash('sha256').update('content').digest('hex'),
    });
    expect(await read('deep/file')).toBe('content');
    expect((await store.stat('deep/file'))?.metadata).toEqual({ a: '1' });
    await expect(access(path)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(store.putFile('other', path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await store.stat('other')).toBeNull();
    await rm(folder, { recursive: true });
  });

  it('says the hash of what is stored', async () => {
    await store.put('big', repeated(Buffer.alloc(MEBIBYTE, 'a'), 2));
    expect(await store.sha256('big')).toBe(
      createHash('sha256')
        .update(Buffer.alloc(2 * MEBIBYTE, 'a'))
        .digest('hex'),
    );
    await expect(store.sha256('nothing')).rejects.toMatchObject({ code: 'object-not-found' });
  });

  it.each([
    '',
    '/a',
    'a//b',
    'a/',
    '../a',
    'a/../b',
    'a/./b',
    'a\\b',
    'a\u0000b',
    'a\nb',
    '.tributary-tmp-1',
    'a/.tributary-x/b',
    '\ud800',
    TOO_LONG_KEY,
  ])('refuses keys that are unsafe or too long everywhere (%#)', async (key) => {
    const refusal = { code: 'request-invalid' };
    await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject(refusal);
    await expect(store.open(key)).rejects.toMatchObject(refusal);
    await expect(store.stat(key)).rejects.toMatchObject(refusal);
    await expect(store.copy(key, 'b')).rejects.toMatchObject(refusal);
    await expect((async () => store.local(key))()).rejects.toMatchObject(refusal);
  });

  it.each([
    ['Upper', 'x'],
    ['a', 'ü'],
    ['a', 'line\nbreak'],
    ['a', 'x'.repeat(2048)],
  ])('refuses metadata that headers cannot carry (%#)', async (name, value) => {
    await expect(store.put('key', Buffer.from('x'), { metadata: { [name]: value } })).rejects.toMatchObject({ code: 'request-invalid' });
  });

  it('proves itself and has no leftovers', async () => {
    await store.check();
    expect(await store.sweep()).toBe(0);
  });
}

describe('FolderObjectStore', () => {
  behavesLikeAStore(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'store-'));
    const store = openObjectStore({ url: pathToFileURL(join(folder, 'with space')).href });
    return { store, dispose: () => rm(folder, { recursive: true }) };
  });
});

describeWithS3('S3ObjectStore (needs TEST_S3_ENDPOINT)', () => {
  beforeAll(() => makeTestBucket(BUCKET));

  behavesLikeAStore(async () => {
    const store = openObjectStore({ ...TEST_S3, url: `s3://${BUCKET}/${randomUUID()}/deep` });
    await store.check();
    return { store, dispose: async () => store.close() };
  });

  it('says that the bucket is missing instead of the object', async () => {
    const store = openObjectStore({ ...TEST_S3, url: 's3://no-such-bucket-anywhere/x' });
    await expect(store.stat('key')).rejects.toMatchObject({ code: 'object-store-unavailable', retryable: false });
    await expect(store.put('key', Buffer.from('x'))).rejects.toThrow(/no such bucket/);
    store.close();
  });

  it('says that the keys are wrong', async () => {
    const store = openObjectStore({ ...TEST_S3, secretAccessKey: 'wrong-secret-key', url: `s3://${BUCKET}` });
    await expect(store.put('key', Buffer.from('x'))).rejects.toMatchObject({
      code: 'object-store-unavailable',
      retryable: false,
      message: expect.stringMatching(/secret key|refused/) as string,
    });
    store.close();
  });
});
