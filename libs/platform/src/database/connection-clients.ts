import { readFileSync } from 'node:fs';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { PoolConfig } from 'pg';
import { DatabaseConnection } from './connection';
import { DatabaseUrlError } from './connection-url';

/** What `pg` takes. The password is a function, so that a printed configuration does not show it. */
export function toPoolConfig(connection: DatabaseConnection): PoolConfig & { host: string; port: number; database: string } {
  const { host, port, database, user } = postgresOnly(connection);
  return {
    host,
    port,
    database,
    user: user || undefined,
    password: passwordOf(connection),
    ssl: tls(connection),
    application_name: connection.options.application_name,
  };
}

/** What a TypeORM `DataSource` takes; never a URL, which TypeORM would log. */
export function toTypeOrmOptions(connection: DatabaseConnection): {
  readonly type: 'postgres';
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string | undefined;
  readonly password: (() => string) | undefined;
  readonly ssl: TlsOptions | false;
} {
  const { host, port, database, user } = postgresOnly(connection);
  return { type: 'postgres', host, port, database, username: user || undefined, password: passwordOf(connection), ssl: tls(connection) };
}

/** Environment of `psql`, `pg_dump` and `pg_restore`: nothing of it is ever on a command line. Merge over the child's own environment. */
export function toLibpqEnvironment(connection: DatabaseConnection): Record<string, string> {
  const { host, port, database, user, password, sslMode, options } = postgresOnly(connection);
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: database,
    ...(user && { PGUSER: user }),
    ...(password && { PGPASSWORD: password.reveal() }),
    ...(sslMode && { PGSSLMODE: sslMode }),
    ...(options.sslrootcert && { PGSSLROOTCERT: options.sslrootcert }),
  };
}

function passwordOf({ password }: DatabaseConnection): (() => string) | undefined {
  return password ? () => password.reveal() : undefined;
}

/** Said explicitly even when off: left out, the driver would follow variables of its own. */
function tls({ sslMode, options, host }: DatabaseConnection): TlsOptions | false {
  if (sslMode === undefined || sslMode === 'disable' || sslMode === 'prefer' || host.startsWith('/')) return false;
  const ca = options.sslrootcert ? { ca: readFileSync(options.sslrootcert) } : {};
  switch (sslMode) {
    case 'require':
      // As libpq: encrypted, and verified only when there is something to verify against.
      return { ...ca, rejectUnauthorized: 'ca' in ca, checkServerIdentity: () => undefined };
    case 'verify-ca':
      return { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { ...ca, rejectUnauthorized: true };
  }
}

function postgresOnly(connection: DatabaseConnection): DatabaseConnection {
  if (connection.dialect === 'postgres') return connection;
  throw new DatabaseUrlError(`PostgreSQL is needed here, and ${connection.dialect} was configured.`);
}
