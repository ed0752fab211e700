import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dropConfigSchema, type ObjectStore, openBucket } from '@app/platform';
import { describeWithS3, makeTestBucket, TEST_S3 } from '@app/testing';
import { D1, D1_KEY, ORCHARD, tgz } from '../../test/drop-harness';
import { zipOf } from '../../test/zip-archive';
import { DropSource } from './drop.source';

const BUCKET = 'tributary-drops-test';
const SETTINGS = { ...TEST_S3, url: `s3://${BUCKET}` };

describeWithS3('DropSource over buckets (needs TEST_S3_ENDPOINT)', () => {
  const source = new DropSource(SETTINGS);
  const config = dropConfigSchema.parse({ ...ORCHARD, bucket: BUCKET });
  const { signal } = new AbortController();
  let bucket: ObjectStore;
  let temporary: string;

  beforeAll(async () => {
    temporary = await mkdtemp(join(tmpdir(), 's3-drops-'));
    process.env['TMPDIR'] = temporary;
    await makeTestBucket(BUCKET);
    bucket = openBucket(SETTINGS, BUCKET);
    await bucket.deletePrefix('client/');
  });
  afterAll(async () => {
    bucket.close();
    delete process.env['TMPDIR'];
    await rm(temporary, { recursive: true });
  });

  const draw = async (unit: unknown): Promise<unknown[]> => {
    const parts: unknown[] = [];
    for await (const part of source.extract({ config, after: null, full: false, watermark: null, unit, signal })) {
      const pieces: Uint8Array[] = [];
      for await (const piece of part.content) pieces.push(piece);
      parts.push([part.stream, part.stream === 'drop' ? part.summary().rows : Buffer.concat(pieces).toString()]);
    }
    return parts;
  };
  const only = async () => (await source.units({ config, signal }))[0];

  it('reads a zip as it reads a tar, and leaves nothing on disk', async () => {
    await bucket.put(D1_KEY, await tgz(D1));
    const fromTar = await draw((await only())?.token);
    expect(fromTar).toHaveLength(4);
    await bucket.put(D1_KEY, zipOf(D1));
    expect(await draw((await only())?.token)).toEqual(fromTar);
    await bucket.put(D1_KEY, zipOf(D1, { name: '../trees.csv' }));
    await expect(draw((await only())?.token)).rejects.toMatchObject({ details: { finding: 'UNSAFE_PATH' } });
    expect(await readdir(temporary)).toEqual([]);
  });

  it('compares the hash in the metadata, and knows a drop that changed since it was listed', async () => {
    await bucket.put(D1_KEY, zipOf(D1), { metadata: { sha256: '0'.repeat(64) } });
    const unit = await only();
    await expect(draw(unit?.token)).rejects.toMatchObject({ details: { finding: 'CHECKSUM_MISMATCH' } });
    await bucket.put(D1_KEY, zipOf({ ...D1, 'workers.csv': (D1['workers.csv'] ?? '').replace('W1', 'W9') }));
    await expect(draw(unit?.token)).rejects.toMatchObject({ code: 'source-unavailable' });
  });
});
