import { z } from 'zod';
import { defineConfig } from '../config/define-config';
import { passwordFault } from '../config/sample-passwords';
import { integer, port } from '../config/variables';
import { fromParts, parseDatabaseUrl, type DatabaseConnection } from './connection-settings';

const DEFAULT_POSTGRES_PORT = 5432;
const CONNECTION_PREFIX = 'CONNECTION_';

export interface DatabaseSettings {
  /** PostgreSQL with the control schema `tributary`. */
  readonly control: DatabaseConnection;
  /** PostgreSQL that dashboards read; the control database unless configured. */
  readonly warehouse: DatabaseConnection;
  /** Source databases by lower-case name: `CONNECTION_PACS` is `pacs`. */
  readonly connections: ReadonlyMap<string, DatabaseConnection>;
  /** What a pipeline reads when it names no source. */
  readonly defaultSource: DatabaseConnection | null;
  readonly poolSize: number;
}

const databaseUrl = () =>
  z.string().transform((text, context) => {
    try {
      return parseDatabaseUrl(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'expected a database URL such as postgresql://user:password@host:5432/database' });
      return z.NEVER;
    }
  });

const schema = z
  .looseObject({
    DATABASE_URL: databaseUrl().optional(),
    WAREHOUSE_URL: databaseUrl().optional(),
    DEST_DB_URL: databaseUrl().optional(),
    SOURCE_DB_URL: databaseUrl().optional(),
    POSTGRES_HOST: z.string().optional(),
    POSTGRES_PORT: port().default(DEFAULT_POSTGRES_PORT),
    POSTGRES_DATABASE_NAME: z.string().optional(),
    POSTGRES_USER: z.string().optional(),
    POSTGRES_PASSWORD: z.string().optional(),
    DB_POOL_SIZE: integer({ min: 2, max: 100 }).default(10),
  })
  .superRefine((env, context) => {
    if (env.DATABASE_URL) return;
    const parts = ['POSTGRES_HOST', 'POSTGRES_DATABASE_NAME', 'POSTGRES_USER'] as const;
    if (parts.every((name) => env[name] === undefined)) {
      context.addIssue({
        code: 'custom',
        path: ['DATABASE_URL'],
        message: 'required (or POSTGRES_HOST, POSTGRES_DATABASE_NAME, POSTGRES_USER, POSTGRES_PASSWORD)',
      });
      return;
    }
    for (const name of parts) if (env[name] === undefined) context.addIssue({ code: 'custom', path: [name], message: 'required' });
  })
  .transform((env, context) => {
    const connections = new Map<string, DatabaseConnection>();
    for (const [name, value] of Object.entries(env)) {
      if (!name.startsWith(CONNECTION_PREFIX) || typeof value !== 'string') continue;
      const parsed = databaseUrl().safeParse(value);
      if (parsed.success) connections.set(name.slice(CONNECTION_PREFIX.length).toLowerCase(), parsed.data);
      else context.addIssue({ code: 'custom', path: [name], message: 'expected a database URL' });
    }
    for (const [name, value] of Object.entries({ ...env, ...prefixed(connections) })) {
      const fault = passwordFault(passwordOf(name, value), env.NODE_ENV);
      if (fault) context.addIssue({ code: 'custom', path: [name], message: fault });
    }
    return { ...env, connections };
  });

const prefixed = (connections: ReadonlyMap<string, DatabaseConnection>): Record<string, DatabaseConnection> =>
  Object.fromEntries([...connections].map(([name, connection]) => [`${CONNECTION_PREFIX}${name.toUpperCase()}`, connection]));

function passwordOf(name: string, value: unknown): string | undefined {
  if (name === 'POSTGRES_PASSWORD') return typeof value === 'string' ? value : undefined;
  const isConnection = typeof value === 'object' && value !== null && 'password' in value;
  return isConnection ? (value as DatabaseConnection).password?.reveal() : undefined;
}

export const databaseConfig = defineConfig('database', schema, (env): DatabaseSettings => {
  const control =
    env.DATABASE_URL ??
    fromParts({
      host: env.POSTGRES_HOST ?? '',
      port: env.POSTGRES_PORT,
      database: env.POSTGRES_DATABASE_NAME ?? '',
      user: env.POSTGRES_USER ?? '',
      password: env.POSTGRES_PASSWORD ?? '',
    });
  return {
    control,
    warehouse: env.WAREHOUSE_URL ?? env.DEST_DB_URL ?? control,
    connections: env.connections,
    defaultSource: env.SOURCE_DB_URL ?? null,
    poolSize: env.DB_POOL_SIZE,
  };
});
