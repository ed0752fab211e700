import type { DatabaseConnection } from '@app/platform';
import type { SslOptions } from 'mysql2';
import { readFileSync } from 'node:fs';

/** What the `sslmode` and `sslrootcert` of a URL mean to the MySQL driver; they mean what they mean for PostgreSQL. */
export function mysqlTls({ sslMode, options, host }: DatabaseConnection): SslOptions | undefined {
  if (sslMode === undefined || sslMode === 'disable' || sslMode === 'prefer' || host.startsWith('/')) return undefined;
  const ca = options.sslrootcert ? { ca: readFileSync(options.sslrootcert) } : {};
  const rejectUnauthorized = sslMode !== 'require' || 'ca' in ca;
  return { ...ca, rejectUnauthorized, verifyIdentity: sslMode === 'verify-full' };
}
