import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { openBucket } from '@app/platform';
import { BUCKET, CONFIG, MEMBERS, Orchard, TABLES } from './orchard';
import { PlatformUnderTest } from './platform-under-test';

const { TEST_S3_ENDPOINT = '', TEST_S3_ACCESS_KEY = '', TEST_S3_SECRET_KEY = '' } = process.env;
const REGION = 'us-east-1';

(TEST_S3_ENDPOINT ? describe : describe.skip)('tributary drop over an S3 server (needs TEST_S3_ENDPOINT)', () => {
  const staging = `staging-${randomUUID().slice(0, 8)}`;
  const bucket = `${BUCKET}-${randomUUID().slice(0, 8)}`;
  let platform: PlatformUnderTest;
  let orchard: Orchard;

  beforeAll(async () => {
    const credentials = { accessKeyId: TEST_S3_ACCESS_KEY, secretAccessKey: TEST_S3_SECRET_KEY };
    const client = new S3Client({ endpoint: TEST_S3_ENDPOINT, region: REGION, forcePathStyle: true, credentials });
    for (const name of [staging, bucket]) await client.send(new CreateBucketCommand({ Bucket: name }));
    client.destroy();
    platform = await PlatformUnderTest.create({
      env: {
        ...{ OBJECT_STORE_URL: `s3://${staging}/tributary`, S3_ENDPOINT: TEST_S3_ENDPOINT, AWS_REGION: REGION },
        ...{ AWS_ACCESS_KEY_ID: TEST_S3_ACCESS_KEY, AWS_SECRET_ACCESS_KEY: TEST_S3_SECRET_KEY },
      },
    });
    await platform.pool.query(TABLES);
    const store = openBucket({ url: `s3://${staging}`, endpoint: TEST_S3_ENDPOINT, region: REGION, ...credentials }, bucket);
    orchard = new Orchard(platform, (await platform.startBoth()).api, store);
  });
  afterAll(() => platform.dispose());

  it('loads a drop, marks it beside itself, loads it once, and refuses a bad one whole', async () => {
    const config = { ...CONFIG, bucket, truncate: false };
    await orchard.upload('orchard-export-1.tgz', '09:00');
    expect(await orchard.drop(config)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Tables loaded to PostgreSQL: 3/3') as string,
    });
    expect(await orchard.rows('select worker_id, name, badge from orchard.worker order by 1')).toEqual([['W1', 'Jo "J" Roy', '0042'], ['W2', 'Li\\Wei', null]]); // prettier-ignore
    expect(await orchard.holds('processed/good/client/orchard/orchard-export-1.tgz')).toBe(true);
    expect(await orchard.drop(config)).toMatchObject({ exitCode: 0, stdout: '' });
    await orchard.upload('orchard-export-2.tgz', '09:05', { ...MEMBERS, 'picks.csv': '' });
    const { exitCode, stderr } = await orchard.drop(config);
    expect([exitCode, stderr.includes('EMPTY_MEMBER')]).toEqual([1, true]);
    expect(await orchard.holds('processed/bad/client/orchard/orchard-export-2.tgz')).toBe(true);
    expect(await orchard.rows('select count(*)::int from orchard.worker')).toEqual([[2]]);
    expect(await orchard.states()).toEqual({ 'orchard-export-1.tgz': 'MARKED', 'orchard-export-2.tgz': 'REJECTED' });
    expect(platform.output).not.toContain(TEST_S3_SECRET_KEY);
  });
});
