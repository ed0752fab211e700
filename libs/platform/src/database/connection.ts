import { Secret } from '../secrets/secret';

export type DatabaseDialect = 'postgres' | 'mysql' | 'mariadb' | 'sqlite' | 'mssql' | 'oracle';

export const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
/** As libpq means them, except that `prefer` does not encrypt from Node: its driver cannot fall back. */
export type SslMode = (typeof SSL_MODES)[number];

export const DEFAULT_PORTS: Readonly<Record<DatabaseDialect, number>> = {
  postgres: 5432,
  mysql: 3306,
  mariadb: 3306,
  sqlite: 0,
  mssql: 1433,
  oracle: 1521,
};

export interface ConnectionParts {
  readonly dialect: DatabaseDialect;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: Secret | null;
  readonly options: Readonly<Record<string, string>>;
}

/** How to reach one database. Its password is a {@link Secret}, so printing or logging the whole never shows it. */
export class DatabaseConnection implements ConnectionParts {
  readonly dialect: DatabaseDialect;
  /** Name, address, or for PostgreSQL the absolute folder of a Unix socket; empty for SQLite. */
  readonly host: string;
  /** The dialect's own port unless given. */
  readonly port: number;
  /** For SQLite the file, or `:memory:`. Empty when the URL names none. */
  readonly database: string;
  /** Empty when the URL names none. */
  readonly user: string;
  readonly password: Secret | null;
  /** What stands behind the `?`, decoded. */
  readonly options: Readonly<Record<string, string>>;

  constructor(parts: ConnectionParts) {
    this.dialect = parts.dialect;
    this.host = parts.host;
    this.port = parts.port;
    this.database = parts.database;
    this.user = parts.user;
    this.password = parts.password;
    this.options = parts.options;
  }

  /** The same connection, but for these parts. */
  with(changes: Partial<ConnectionParts>): DatabaseConnection {
    const { dialect, host, port, database, user, password, options } = this;
    return new DatabaseConnection({ dialect, host, port, database, user, password, options, ...changes });
  }

  /** Undefined when nothing was said about encryption. */
  get sslMode(): SslMode | undefined {
    return SSL_MODES.find((mode) => mode === this.options.sslmode);
  }

  toString(): string {
    return describe(this);
  }
}

/** PostgreSQL from separate settings, every one taken literally. An empty password means none. */
export function fromParts(parts: { host: string; port?: number; database: string; user: string; password?: string }): DatabaseConnection {
  const { host, port = DEFAULT_PORTS.postgres, database, user, password } = parts;
  return new DatabaseConnection({
    dialect: 'postgres',
    host,
    port,
    database,
    user,
    password: password ? new Secret(password) : null,
    options: {},
  });
}

/** For logs and messages: the database and the host, nothing else. */
export function describe({ database, host }: DatabaseConnection): string {
  return host === '' ? `database "${database}"` : `database "${database}" on ${host}`;
}
