import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { openBucket, type ObjectStore } from '@app/platform';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

const BUCKET = 'parts';
const COPY =
  /^copy (?<table>\S+) \((?<columns>.+)\) from 's3:\/\/parts\/(?<manifest>[^']+)' .* null as '(?<token>[^']+)' .*manifest(?: region '[a-z0-9-]+')?$/;

/** The system tables that are read, as tables of PostgreSQL. */
const SYSTEM_TABLES = `
  create table stv_slices as select generate_series(1, 4) as slice;
  create table stl_load_errors (filename text, line_number bigint, colname text, err_code int, starttime timestamp default now());
  create view svv_relation_privileges as
    select table_schema as namespace_name, table_name as relation_name, privilege_type, grantee as identity_name,
           case grantee when 'PUBLIC' then 'public' else 'user' end as identity_type
      from information_schema.role_table_grants where grantee <> grantor;`;

interface Manifest {
  readonly entries: readonly { readonly url: string; readonly mandatory: boolean; readonly meta: { readonly content_length: number } }[];
}

/**
 * A PostgreSQL database in the place of a cluster. Statements that only Redshift knows are intercepted: COPY reads the
 * objects that the manifest names, as the cluster would.
 */
export class RedshiftDouble {
  /** Every statement of transactions, in order. */
  readonly statements: string[] = [];
  /** Thrown by the next COPY, in place of reading. */
  copyFailure: Error | null = null;
  /** Happens behind every COPY, before its answer is read. */
  afterCopy: () => Promise<void> = nothing;
  /** Happens when a transaction has committed, before anybody is told. */
  afterCommit: () => Promise<void> = nothing;
  /** Its connections answer as a cluster would. */
  readonly pool: Pool;
  private copied = 0;

  private constructor(
    private readonly database: TestDatabase,
    private readonly folder: string,
    readonly store: ObjectStore,
  ) {
    const connect = async (): Promise<PoolClient> => this.intercept(await database.pool.connect());
    this.pool = new Proxy(database.pool, { get: (target, name) => (name === 'connect' ? connect : memberOf(target, name)) });
  }

  static async start(): Promise<RedshiftDouble> {
    const database = await createTestDatabase({ migrated: false });
    const folder = await mkdtemp(join(tmpdir(), 'redshift-double-'));
    await database.pool.query(SYSTEM_TABLES);
    const store = openBucket({ url: pathToFileURL(folder).href }, BUCKET);
    return new RedshiftDouble(database, folder, store);
  }

  get parts(): { readonly store: ObjectStore; readonly bucket: string; readonly prefix: string } {
    return { store: this.store, bucket: BUCKET, prefix: 'stage/' };
  }

  /** Forgets statements and faults. */
  reset(): void {
    this.statements.length = 0;
    this.copyFailure = null;
    this.afterCopy = this.afterCommit = nothing;
  }

  /** Ends every session that is within a transaction, as a cluster that restarts would. */
  async endTransactions(): Promise<void> {
    await this.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity
                       where datname = current_database() and state = 'idle in transaction'`);
  }

  /** Makes all objects of the bucket as old as this. */
  async age(ms: number): Promise<void> {
    const at = new Date(Date.now() - ms);
    for (const key of await this.keys()) await utimes(join(this.folder, BUCKET, key), at, at);
  }

  async stop(): Promise<void> {
    await this.database.drop();
    await rm(this.folder, { recursive: true });
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

  private intercept(client: PoolClient): PoolClient {
    return new Proxy(client, {
      get: (target, name) => {
        if (name === 'query') return (text: unknown, values?: unknown[]) => this.answer(target, text, values);
        return memberOf(target, name);
      },
    });
  }

  private answer(client: PoolClient, text: unknown, values?: unknown[]): unknown {
    if (typeof text !== 'string') return client.query(text as string);
    if (text !== 'select pg_backend_pid() as pid') this.statements.push(text);
    if (text === 'select pg_last_copy_count() as rows') return Promise.resolve({ rows: [{ rows: String(this.copied) }] });
    const copy = COPY.exec(text)?.groups;
    if (copy) return this.copy(client, copy);
    return text === 'commit' ? client.query(text).then((result) => this.afterCommit().then(() => result)) : client.query(text, values);
  }

  private async copy(client: PoolClient, copy: Readonly<Record<string, string>>): Promise<unknown> {
    if (this.copyFailure) throw this.copyFailure;
    const { entries } = (await json(await this.store.open(copy.manifest ?? ''))) as Manifest;
    this.copied = 0;
    for (const { url, meta } of entries) {
      const zipped = await buffer(await this.store.open(url.slice(`s3://${BUCKET}/`.length)));
      if (zipped.length !== meta.content_length) throw new Error('The manifest gives another length.');
      const target = client.query(copyFrom(`copy ${copy.table} (${copy.columns}) from stdin (format csv, null '${copy.token}')`));
      try {
        await pipeline(Readable.from([gunzipSync(zipped)]), target);
      } catch (error) {
        throw await this.note(url, error);
      }
      this.copied += target.rowCount;
    }
    await this.afterCopy();
    return { rows: [] };
  }

  /** Redshift keeps the reason in a table and answers with a code that says nothing. */
  private async note(url: string, error: unknown): Promise<DatabaseError> {
    const [, line, column] = /line (\d+), column (\w+)/.exec((error as DatabaseError).where ?? '') ?? [];
    await this.query('insert into stl_load_errors values ($1, $2, $3, 1209)', [url.padEnd(256), line, column?.padEnd(127)]);
    return loadFailed();
  }
}

const nothing = (): Promise<void> => Promise.resolve();

const memberOf = (target: object, name: string | symbol): unknown => {
  const value: unknown = Reflect.get(target, name);
  return typeof value === 'function' ? (value.bind(target) as unknown) : value;
};

/** An error as a cluster words it, all under one code. */
export const internalError = (message: string): DatabaseError =>
  Object.assign(new DatabaseError(message, message.length, 'error'), { code: 'XX000' });

export const loadFailed = (): DatabaseError =>
  internalError("Load into table 'pick' failed.  Check 'stl_load_errors' system table for details.");
