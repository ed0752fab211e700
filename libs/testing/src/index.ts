export { eventually } from './eventually';
export { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from './test-database';
export { createTestRedis, type TestRedis } from './test-redis';
export { describeWithS3, makeTestBucket, TEST_S3 } from './test-s3';
