import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openBucket, openObjectStore } from './open-object-store';
import { S3ObjectStore } from './s3-object-store';

describe('openObjectStore', () => {
  it('opens a bucket with a prefix, without asking it anything', () => {
    expect(openObjectStore({ url: 's3://bucket/some/prefix/', endpoint: 'http://127.0.0.1:1' })).toBeInstanceOf(S3ObjectStore);
  });

  it.each(['', 'relative/folder', 'file://host/folder', 'file:///', 'https://bucket/prefix', 's3://', 's3://UPPER_case/x'])(
    'refuses %j',
    (url) => {
      expect(() => openObjectStore({ url })).toThrow(expect.objectContaining({ code: 'config-invalid' }));
    },
  );

  it('is unavailable for now when nothing listens at the endpoint', async () => {
    const store = openObjectStore({
      url: 's3://bucket',
      endpoint: 'http://127.0.0.1:1',
      accessKeyId: 'key',
      secretAccessKey: 'hidden-secret',
    });
    await expect(store.stat('key')).rejects.toMatchObject({
      code: 'object-store-unavailable',
      retryable: true,
      message: expect.not.stringContaining('hidden-secret') as string,
    });
    store.close();
  });
});

describe('openBucket', () => {
  it('opens another bucket of the same server, without the prefix of the first', () => {
    expect(openBucket({ url: 's3://bucket/some/prefix/' }, 'drops')).toMatchObject({ bucket: 'drops', prefix: '' });
  });

  it('takes a folder of that name in a folder', async () => {
    const root = await mkdtemp(join(tmpdir(), 'buckets-'));
    const drops = openBucket({ url: pathToFileURL(root).href }, 'drops');
    await drops.put('client/a', Buffer.from('x'));
    expect(await readFile(join(root, 'drops/client/a'), 'utf8')).toBe('x');
    await rm(root, { recursive: true });
  });

  it.each(['', '..', '../other', 'a/b', '.hidden'])('refuses the name %j', (name) => {
    expect(() => openBucket({ url: 'file:///nowhere/at/all' }, name)).toThrow(expect.objectContaining({ code: 'config-invalid' }));
  });
});
