const { TEST_S3_ENDPOINT, TEST_S3_ACCESS_KEY = '', TEST_S3_SECRET_KEY = '' } = process.env;

/** How to reach the S3 server of TEST_S3_ENDPOINT. */
export const TEST_S3 = {
  endpoint: TEST_S3_ENDPOINT,
  region: 'us-east-1',
  accessKeyId: TEST_S3_ACCESS_KEY,
  secretAccessKey: TEST_S3_SECRET_KEY,
} as const;

/** Describes what needs that server; skipped where there is none. */
export const describeWithS3 = TEST_S3_ENDPOINT ? describe : describe.skip;

/** Makes a bucket of that server unless it is there already. */
export async function makeTestBucket(name: string): Promise<void> {
  // Only here: it takes long to load, and few test files need it.
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({ ...TEST_S3, forcePathStyle: true, credentials: TEST_S3 });
  await client.send(new CreateBucketCommand({ Bucket: name })).catch((error: unknown) => {
    if (!(error instanceof Error && error.name.startsWith('BucketAlready'))) throw error;
  });
  client.destroy();
}
