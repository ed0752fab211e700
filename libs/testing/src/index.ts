export { eventually } from './eventually';
export { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from './test-database';
export { createTestRedis, type TestRedis } from './test-redis';
