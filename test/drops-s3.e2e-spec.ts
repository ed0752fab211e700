import { randomUUID } from 'node:crypto';
import { openBucket } from '@app/platform';
import { describeWithS3, makeTestBucket, TEST_S3 } from '@app/testing';
import { BUCKET, CONFIG, MEMBERS, Orchard, TABLES } from './orchard';
import { PlatformUnderTest } from './platform-under-test';

const { endpoint: S3_ENDPOINT = '', region: AWS_REGION, accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = TEST_S3;

describeWithS3('tributary drop over an S3 server (needs TEST_S3_ENDPOINT)', () => {
  const staging = `staging-${randomUUID().slice(0, 8)}`;
  const bucket = `${BUCKET}-${randomUUID().slice(0, 8)}`;
  let platform: PlatformUnderTest;
  let orchard: Orchard;

  beforeAll(async () => {
    for (const name of [staging, bucket]) await makeTestBucket(name);
    platform = await PlatformUnderTest.create({
      env: { OBJECT_STORE_URL: `s3://${staging}/tributary`, S3_ENDPOINT, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY },
    });
    await platform.pool.query(TABLES);
    const store = openBucket({ ...TEST_S3, url: `s3://${staging}` }, bucket);
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
    expect(platform.output).not.toContain(AWS_SECRET_ACCESS_KEY);
  });
});
