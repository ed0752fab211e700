const HINT = 'run the tests with "npm test", which starts private servers, or set it';

/** Address of a PostgreSQL on which the tests may create databases. */
export function testDatabaseServer(): string {
  return required('TEST_DATABASE_URL');
}

/** Address of a Redis whose databases from number 1 on the tests may empty. */
export function testRedisServer(): string {
  return required('TEST_REDIS_URL');
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: ${HINT}.`);
  return value;
}
