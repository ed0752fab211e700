import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { Logger } from '@nestjs/common';
import { picks, RedshiftOrchard, trees, workers } from '../../test/redshift-orchard';

const { TEST_S3_ENDPOINT, TEST_S3_ACCESS_KEY = '', TEST_S3_SECRET_KEY = '' } = process.env;
const BUCKET = 'parts';

(TEST_S3_ENDPOINT ? describe : describe.skip)('RedshiftPublisher over an S3 server (needs TEST_S3_ENDPOINT)', () => {
  const store = {
    url: `s3://${BUCKET}`,
    endpoint: TEST_S3_ENDPOINT,
    region: 'us-east-1',
    accessKeyId: TEST_S3_ACCESS_KEY,
    secretAccessKey: TEST_S3_SECRET_KEY,
  };
  let orchard: RedshiftOrchard;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    const client = new S3Client({ ...store, forcePathStyle: true, credentials: store });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET })).catch((error: unknown) => {
      if (!(error instanceof Error && error.name.startsWith('BucketAlready'))) throw error;
    });
    client.destroy();
    orchard = await RedshiftOrchard.start(store);
    await orchard.reset();
  });
  afterAll(() => orchard.stop());

  it('copies what it has put there, and takes it away', async () => {
    const by = orchard.publisher();
    await orchard.publish([trees(), picks(), workers()], { runId: 'over-s3' }, { by });
    expect(await orchard.ids('tree')).toEqual(['001', '002']);
    expect(await orchard.redshift.keys()).toHaveLength(9);
    await by.discard('over-s3');
    expect(await orchard.redshift.keys()).toEqual([]);
  });
});
