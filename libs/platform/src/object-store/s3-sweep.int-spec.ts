import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, CreateMultipartUploadCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { S3ObjectStore } from './s3-object-store';
import { abortStaleUploads } from './s3-sweep';

const { TEST_S3_ENDPOINT, TEST_S3_ACCESS_KEY = '', TEST_S3_SECRET_KEY = '' } = process.env;
const HOUR_MS = 60 * 60 * 1000;
const MEBIBYTE = 1024 ** 2;

(TEST_S3_ENDPOINT ? describe : describe.skip)('unfinished S3 uploads (needs TEST_S3_ENDPOINT)', () => {
  const bucket = `tributary-sweep-${randomUUID()}`;
  const credentials = { accessKeyId: TEST_S3_ACCESS_KEY, secretAccessKey: TEST_S3_SECRET_KEY };
  const client = new S3Client({
    endpoint: TEST_S3_ENDPOINT,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  beforeAll(() => client.send(new CreateBucketCommand({ Bucket: bucket })));
  afterAll(() => client.destroy());

  const unfinished = async () =>
    (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.map(({ Key }) => Key) ?? [];

  it('are given up when the source breaks or the work is cancelled', async () => {
    const controller = new AbortController();
    async function* body(end: () => void): AsyncGenerator<Uint8Array> {
      for (let sent = 0; sent < 40; sent += 1) yield Buffer.alloc(MEBIBYTE);
      expect(await unfinished()).toEqual(['key']);
      end();
      await new Promise(() => undefined);
    }
    const store = new S3ObjectStore(client, bucket, '');
    const breakDown = (): never => {
      throw new Error('the source broke');
    };
    const broken = store.put('key', body(breakDown));
    await expect(broken).rejects.toThrow('the source broke');
    const cancelled = store.put(
      'key',
      body(() => controller.abort(new Error('cancelled'))),
      { signal: controller.signal },
    );
    await expect(cancelled).rejects.toThrow('cancelled');
    expect(await unfinished()).toEqual([]);
    expect(await store.stat('key')).toBeNull();
  });

  it('are swept when old enough, below the prefix only', async () => {
    for (const Key of ['ours/a', 'ours/b', 'theirs/c']) await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    const scope = { bucket, prefix: 'ours/' };
    expect(await abortStaleUploads(client, { ...scope, startedBefore: new Date(Date.now() - HOUR_MS) })).toBe(0);
    expect(await abortStaleUploads(client, { ...scope, startedBefore: new Date(Date.now() + HOUR_MS) })).toBe(2);
    expect(await unfinished()).toEqual(['theirs/c']);
  });
});
