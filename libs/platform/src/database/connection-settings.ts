export { DatabaseConnection, type DatabaseDialect, describe, fromParts, type SslMode } from './connection';
export { toLibpqEnvironment, toPoolConfig, toTypeOrmOptions } from './connection-clients';
export { DatabaseUrlError, parseDatabaseUrl, toUrl } from './connection-url';
