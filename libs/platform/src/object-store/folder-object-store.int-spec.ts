import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderObjectStore } from './folder-object-store';

const TWO_DAYS_MS = 2 * 24 * 60 * 60 * 1000;

/** Loads TypeScript in a plain Node process, as Jest does in this one. */
const COMPILE = `
  const { transformFileSync } = require('@swc/core');
  require.extensions['.ts'] = (module, file) => module._compile(transformFileSync(file, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' },
  }).code, file);
`;
/** Puts an object whose body says when it is under way and then never ends. */
const PUT_FOR_EVER = `
  const { FolderObjectStore } = require(process.argv[1]);
  async function* body() {
    yield Buffer.alloc(4 * 1024 * 1024, 'n');
    process.stdout.write('under way');
    await new Promise(() => setInterval(() => undefined, 1000));
  }
  void new FolderObjectStore(process.argv[2]).put('deep/key', body());
`;

describe('FolderObjectStore (files)', () => {
  let root: string;
  let outside: string;
  let store: FolderObjectStore;
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'store-')));
    outside = await mkdtemp(join(tmpdir(), 'outside-'));
    await writeFile(join(outside, 'secret'), 'secret');
    store = new FolderObjectStore(root);
  });
  afterEach(async () => {
    await rm(root, { recursive: true });
    await rm(outside, { recursive: true });
  });

  const listed = async () => {
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    return keys;
  };

  it('never leaves the folder through a link to a folder', async () => {
    await symlink(outside, join(root, 'link'));
    const refusal = { code: 'object-store-unavailable', retryable: false };
    await expect(store.put('link/new', Buffer.from('x'))).rejects.toMatchObject(refusal);
    await expect(store.put('link/deep/new', Buffer.from('x'))).rejects.toMatchObject(refusal);
    await expect(store.open('link/secret')).rejects.toMatchObject(refusal);
    await expect(store.stat('link/secret')).rejects.toMatchObject(refusal);
    await expect(store.local('link/secret')).rejects.toMatchObject(refusal);
    await expect(store.delete('link/secret')).rejects.toMatchObject(refusal);
    await store.deletePrefix('link/');
    expect(await listed()).toEqual([]);
    expect(await readdir(outside)).toEqual(['secret']);
  });

  it('never reads or writes through a link to a file', async () => {
    await symlink(join(outside, 'secret'), join(root, 'link'));
    expect(await store.stat('link')).toBeNull();
    await expect(store.open('link')).rejects.toMatchObject({ code: 'object-not-found' });
    await expect(store.local('link')).rejects.toMatchObject({ code: 'object-not-found' });
    await store.put('link', Buffer.from('new'));
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(await readFile(join(root, 'link'), 'utf8')).toBe('new');
  });

  it('leaves linked folders alone when it deletes around them', async () => {
    await store.put('run/part', Buffer.from('x'));
    await symlink(outside, join(root, 'run', 'link'));
    await store.deletePrefix('run/');
    expect(await readdir(outside)).toEqual(['secret']);
    expect(await readdir(root)).toEqual([]);
  });

  it('gives local engines the file itself', async () => {
    await store.put('a/b', Buffer.from('content'));
    const path = await store.local('a/b');
    expect(path).toBe(join(root, 'a', 'b'));
    await expect(store.local('a')).rejects.toMatchObject({ code: 'object-not-found' });
  });

  it('takes over what others wrote into a draft, which nobody sees before', async () => {
    const draft = await store.draft('a/b');
    await writeFile(draft, 'content');
    expect(await listed()).toEqual([]);
    await store.putFile('a/b', draft);
    expect(await readdir(join(root, 'a'))).toEqual(['b']);
    expect((await stat(join(root, 'a/b'))).mode & 0o007).toBe(0);
  });

  it('sweeps drafts that came to nothing', async () => {
    const draft = await store.draft('a');
    const longAgo = new Date(Date.now() - TWO_DAYS_MS);
    await utimes(draft, longAgo, longAgo);
    expect(await store.sweep()).toBe(1);
    expect(await readdir(root)).toEqual([]);
  });

  it('keeps what it writes from everybody outside the group', async () => {
    await store.put('a/b', Buffer.from('x'), { metadata: { a: '1' } });
    const modes = await Promise.all(['a', 'a/b'].map(async (name) => (await stat(join(root, name))).mode & 0o007));
    expect(modes).toEqual([0, 0]);
  });

  it('says clearly that an object and a folder cannot share a name', async () => {
    await store.put('a/b', Buffer.from('x'));
    await expect(store.put('a', Buffer.from('x'))).rejects.toMatchObject({ code: 'request-invalid' });
    await expect(store.put('a/b/c', Buffer.from('x'))).rejects.toMatchObject({ code: 'request-invalid' });
    await expect(store.put('n'.repeat(300), Buffer.from('x'))).rejects.toThrow(/too long/);
    expect(await readdir(root)).toEqual(['a']);
  });

  it('lists files of other processes, and nothing of its own', async () => {
    await store.put('with-metadata', Buffer.from('x'), { metadata: { a: '1' } });
    await mkdir(join(root, 'drop', 'empty'), { recursive: true });
    await writeFile(join(root, 'drop', 'theirs.csv'), 'x');
    await writeFile(join(root, 'drop', 'bad\\name'), 'x');
    await writeFile(join(root, '.tributary-tmp-other'), 'x');
    expect(await listed()).toEqual(['drop/theirs.csv', 'with-metadata']);
  });

  it('forgets metadata when another process replaces the object', async () => {
    await store.put('key', Buffer.from('x'), { metadata: { a: '1' } });
    await writeFile(join(root, 'key'), 'longer');
    expect((await store.stat('key'))?.metadata).toEqual({});
  });

  it('keeps the old object when a writer is killed, lists no leftover, and sweeps it a day later', async () => {
    await store.put('deep/key', Buffer.from('old'));
    const child = spawn(process.execPath, ['-e', COMPILE + PUT_FOR_EVER, require.resolve('./folder-object-store'), root], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');

    const leftovers = (await readdir(join(root, 'deep'))).filter((name) => name !== 'key');
    expect(leftovers).toHaveLength(1);
    expect(await listed()).toEqual(['deep/key']);
    expect(await readFile(join(root, 'deep', 'key'), 'utf8')).toBe('old');

    expect(await store.sweep()).toBe(0);
    const longAgo = new Date(Date.now() - TWO_DAYS_MS);
    await utimes(join(root, 'deep', leftovers[0] ?? ''), longAgo, longAgo);
    await utimes(join(root, 'deep', 'key'), longAgo, longAgo);
    expect(await store.sweep()).toBe(1);
    expect(await readdir(join(root, 'deep'))).toEqual(['key']);
  });

  it('is unavailable, not empty, when its folder cannot be entered', async () => {
    await rm(root, { recursive: true });
    await writeFile(root, 'not a folder');
    await expect(store.check()).rejects.toMatchObject({ code: 'object-store-unavailable' });
    expect(() => new FolderObjectStore(join(root, 'below'))).toThrow(expect.objectContaining({ code: 'object-store-unavailable' }));
  });
});
