import { once } from 'node:events';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, json } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { openBucket, type ObjectStore, type ObjectStoreSettings } from '@app/platform';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { Client, Pool } from 'pg';
import { RedshiftConnection, type Cluster, type PartText } from './redshift-connection';

const BUCKET = 'parts';
const POOL_SIZE = 4;

/** The system tables that are read, as tables of PostgreSQL. */
const SYSTEM_TABLES = `
  create table stv_slices as select generate_series(1, 4) as slice;
  create table stl_load_errors (filename text, line_number bigint, colname text, err_code int, starttime timestamp default now());
  create table sys_load_error_detail (file_name text, line_number bigint, column_name text, error_code int, start_time timestamp default now());
  create view svv_relation_privileges as
    select table_schema as namespace_name, table_name as relation_name, privilege_type, grantee as identity_name,
           case grantee when 'PUBLIC' then 'public' else 'user' end as identity_type
      from information_schema.role_table_grants where grantee <> grantor;`;

interface Manifest {
  readonly entries: readonly { readonly url: string; readonly mandatory: boolean; readonly meta: { readonly content_length: number } }[];
}

type Failure = NonNullable<Cluster['copyFailure']>;

/** An error as a cluster words it, all under one code. */
export const internalError = (message: string): Failure => ({ code: 'XX000', message });

export const loadFailed = (): Failure => internalError("Load into table 'pick' failed.  Check 'stl_load_errors' system table for details.");

const nothing = (): Promise<void> => Promise.resolve();

/**
 * A server in the place of a cluster, before a PostgreSQL database of its own. What only Redshift knows is intercepted on the
 * wire: COPY reads the objects that the manifest names, as the cluster would.
 */
export class RedshiftDouble implements Cluster {
  readonly statements: string[] = [];
  copyFailure: Failure | null = null;
  /** Where the reason of a refused line is kept; a serverless workgroup has another table for it. */
  loadErrors: 'stl_load_errors' | 'sys_load_error_detail' = 'stl_load_errors';
  miscount = 0;
  afterCopy = nothing;
  afterCommit = nothing;
  readonly server: Cluster['server'];
  readonly store: ObjectStore;

  private constructor(
    private readonly database: TestDatabase,
    private readonly listener: Server,
    /** Of the cluster, as a client takes it. */
    readonly url: string,
    /** Connections to it. */
    readonly pool: Pool,
    private readonly settings: ObjectStoreSettings,
    private readonly folder: string,
  ) {
    const { host, port } = new Client({ connectionString: database.url });
    this.server = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
    this.store = openBucket(settings, BUCKET);
    listener.on('connection', (socket) => new RedshiftConnection(this, socket));
  }

  /** @param settings where buckets are; a folder of its own by default */
  static async start(settings?: ObjectStoreSettings): Promise<RedshiftDouble> {
    const database = await createTestDatabase({ migrated: false });
    await database.pool.query(SYSTEM_TABLES);
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { user, password, database: name } = new Client({ connectionString: database.url });
    const account = `${encodeURIComponent(user ?? '')}${password ? `:${encodeURIComponent(password)}` : ''}`;
    const url = `postgresql://${account}@127.0.0.1:${(listener.address() as AddressInfo).port}/${name}`;
    const folder = await mkdtemp(join(tmpdir(), 'redshift-double-'));
    const pool = new Pool({ connectionString: url, max: POOL_SIZE });
    return new RedshiftDouble(database, listener, url, pool, settings ?? { url: pathToFileURL(folder).href }, folder);
  }

  get parts(): { readonly store: ObjectStore; readonly bucket: string; readonly prefix: string } {
    return { store: this.store, bucket: BUCKET, prefix: 'stage/' };
  }

  /** Forgets statements and faults. */
  reset(): void {
    this.statements.length = 0;
    this.loadErrors = 'stl_load_errors';
    this.copyFailure = null;
    this.miscount = 0;
    this.afterCopy = this.afterCommit = nothing;
  }

  /** Ends every session that is within a transaction, as a cluster that restarts would. */
  async endTransactions(): Promise<void> {
    await this.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity
                       where datname = current_database() and state = 'idle in transaction'`);
  }

  /** Makes all objects of the bucket as old as this; only in a folder of its own. */
  async age(ms: number): Promise<void> {
    const at = new Date(Date.now() - ms);
    for (const key of await this.keys()) await utimes(join(this.folder, BUCKET, key), at, at);
  }

  async stop(): Promise<void> {
    await this.pool.end();
    this.listener.close();
    this.store.close();
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Keys of all objects. */
  async keys(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.store.list('')) keys.push(key);
    return keys;
  }

  async rows(sql: string): Promise<unknown[]> {
    return (await this.query(sql)).rows;
  }

  /** On a connection that nobody listens to. */
  async query(sql: string, values: unknown[] = []): Promise<{ readonly rows: unknown[] }> {
    return this.database.pool.query(sql, values);
  }

  async read(manifest: string): Promise<PartText[]> {
    const { entries } = (await json(await this.open(manifest))) as Manifest;
    const parts: PartText[] = [];
    for (const { url, meta } of entries) {
      const zipped = await buffer(await this.open(url.slice('s3://'.length)));
      if (zipped.length !== meta.content_length) throw new Error('The manifest gives another length.');
      parts.push({ url, text: gunzipSync(zipped) });
    }
    return parts;
  }

  /** Redshift keeps the reason in a table and answers with a code that says nothing. */
  async note(url: string, where: string): Promise<Failure> {
    const [, line, column] = /line (\d+), column (\w+)/.exec(where) ?? [];
    await this.query(`insert into ${this.loadErrors} values ($1, $2, $3, 1209)`, [url.padEnd(256), line, column?.padEnd(127)]);
    return loadFailed();
  }

  /** @param path bucket and key */
  private open(path: string): ReturnType<ObjectStore['open']> {
    const [bucket = '', ...key] = path.split('/');
    return openBucket(this.settings, bucket).open(key.join('/'));
  }
}
