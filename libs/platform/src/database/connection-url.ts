import { isIPv6 } from 'node:net';
import { AppError } from '../errors/app-error';
import { Secret } from '../secrets/secret';
import { DatabaseConnection, type DatabaseDialect, DEFAULT_PORTS, SSL_MODES } from './connection';

/** The scheme before an optional `+driver`. */
const DIALECTS: Readonly<Record<string, DatabaseDialect>> = {
  postgres: 'postgres',
  postgresql: 'postgres',
  mysql: 'mysql',
  mariadb: 'mariadb',
  sqlite: 'sqlite',
  mssql: 'mssql',
  oracle: 'oracle',
};
const URL_SCHEMES: Readonly<Record<DatabaseDialect, string>> = {
  postgres: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mariadb',
  sqlite: 'sqlite',
  mssql: 'mssql',
  oracle: 'oracle',
};

const SCHEME = /^([a-z][a-z0-9]*)(?:\+[a-z0-9_]+)?:\/\//i;
/** Host, port, database and options, as they may follow the credentials. */
const LOCATION = /^(?<host>\[[0-9a-f:.%]+\]|[^\s@:/?#[\]\\&=]*)(?::(?<port>\d{1,5}))?(?:\/(?<database>[^?@]*))?(?:\?(?<options>.*))?$/is;
const MAX_PORT = 65_535;

/** Text that is not a usable database URL. Says what is wrong without quoting it. */
export class DatabaseUrlError extends AppError {
  readonly code = 'config-invalid';
}

/**
 * Reads `scheme[+driver]://[user[:password]@]host[:port]/database[?options]`, leniently: a password may hold `@ : / ? # % \`
 * and spaces as they are or percent-encoded. Credentials end at the last `@` behind which a host can stand; a part is
 * percent-decoded when all of its escapes are valid, and taken as it is otherwise.
 * @throws {DatabaseUrlError}
 */
export function parseDatabaseUrl(text: string): DatabaseConnection {
  const trimmed = text.trim();
  const scheme = SCHEME.exec(trimmed);
  if (!scheme) throw new DatabaseUrlError('A database URL starts with its kind, as in postgresql://user:password@host:5432/database.');
  const dialect = DIALECTS[scheme[1]?.toLowerCase() ?? ''];
  if (!dialect)
    throw new DatabaseUrlError(`Databases of the kind "${scheme[1]}" are not supported; expected ${Object.keys(DIALECTS).join(', ')}.`);
  const rest = trimmed.slice(scheme[0].length);
  if (dialect === 'sqlite') return sqlite(rest);

  const { credentials, location } = split(rest);
  const [user, password] = splitOnce(credentials, ':');
  const { dbname, ...options } = parseOptions(location.options ?? '');
  const { host: socket, ...others } = options;
  const port = location.port === undefined ? DEFAULT_PORTS[dialect] : Number(location.port);
  if (port < 1 || port > MAX_PORT) throw new DatabaseUrlError(`The port of a database URL is between 1 and ${MAX_PORT}.`);
  if (others.sslmode !== undefined && !SSL_MODES.some((mode) => mode === others.sslmode)) {
    throw new DatabaseUrlError(`The sslmode of a database URL is one of ${SSL_MODES.join(', ')}.`);
  }
  return new DatabaseConnection({
    dialect,
    host: (socket ?? decoded(location.host.replace(/^\[|\]$/g, ''))) || 'localhost',
    port,
    database: dbname ?? decoded(location.database ?? ''),
    user: decoded(user),
    password: password ? new Secret(decoded(password)) : null,
    options: others,
  });
}

/** The escaped URL, password included: for tools that take nothing else, and never for a command line or a log. */
export function toUrl(connection: DatabaseConnection): string {
  const { dialect, host, port, database, user, password, options } = connection;
  if (dialect === 'sqlite') return `sqlite:///${database}`;
  const credentials = user === '' ? '' : `${encodeURIComponent(user)}${password ? `:${encodeURIComponent(password.reveal())}` : ''}@`;
  const socket = host.startsWith('/');
  const address = socket ? '' : isIPv6(host) ? `[${host}]` : encodeURIComponent(host);
  const pairs = Object.entries({ ...options, ...(socket && { host }) }).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return `${URL_SCHEMES[dialect]}://${credentials}${address}:${port}/${encodeURIComponent(database)}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`;
}

interface Location {
  readonly host: string;
  readonly port?: string;
  readonly database?: string;
  readonly options?: string;
}

interface Halves {
  readonly credentials: string;
  readonly location: Location;
}

/**
 * An `@` may also stand in an option, so a half that names a database wins over one that does not; among equals the last
 * `@` wins. Without credentials everything is location.
 */
function split(rest: string): Halves {
  const candidates: Halves[] = [];
  for (let at = rest.lastIndexOf('@'); at >= 0; at = at > 0 ? rest.lastIndexOf('@', at - 1) : -1) {
    const location = parseLocation(rest.slice(at + 1));
    if (location) candidates.push({ credentials: rest.slice(0, at), location });
  }
  const whole = parseLocation(rest);
  if (whole && (!rest.includes('@') || whole.options?.includes('@'))) candidates.push({ credentials: '', location: whole });
  const best = candidates.find(({ location }) => Boolean(location.database)) ?? candidates[0];
  if (!best) throw new DatabaseUrlError('A database URL needs a host, and a port in digits if any, behind its last "@".');
  return best;
}

function parseLocation(text: string): Location | null {
  const { host, port, database, options } = LOCATION.exec(text)?.groups ?? {};
  return host === undefined ? null : { host, port, database, options };
}

/** `sqlite:///relative/file`, `sqlite:////absolute/file`, `sqlite:///:memory:`. */
function sqlite(rest: string): DatabaseConnection {
  if (!rest.startsWith('/') || rest.length === 1)
    throw new DatabaseUrlError('A SQLite URL has three slashes and a file: sqlite:///folder/file.db.');
  const [path, options] = splitOnce(rest.slice(1), '?');
  return new DatabaseConnection({
    dialect: 'sqlite',
    host: '',
    port: 0,
    database: decoded(path),
    user: '',
    password: null,
    options: parseOptions(options),
  });
}

function parseOptions(text: string): Record<string, string> {
  const options: Record<string, string> = {};
  for (const pair of text.split('&')) {
    const [name, value] = splitOnce(pair, '=');
    if (name !== '') options[decoded(name)] = decoded(value);
  }
  return options;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
