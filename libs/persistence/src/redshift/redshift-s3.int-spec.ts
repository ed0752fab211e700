import { Logger } from '@nestjs/common';
import { describeWithS3, makeTestBucket, TEST_S3 } from '@app/testing';
import { picks, RedshiftOrchard, trees, workers } from '../../test/redshift-orchard';

const BUCKET = 'parts';

describeWithS3('RedshiftPublisher over an S3 server (needs TEST_S3_ENDPOINT)', () => {
  let orchard: RedshiftOrchard;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    await makeTestBucket(BUCKET);
    orchard = await RedshiftOrchard.start({ ...TEST_S3, url: `s3://${BUCKET}` });
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
