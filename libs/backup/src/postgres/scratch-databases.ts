import { randomBytes } from 'node:crypto';
import { DatabaseConnection } from '@app/platform';
import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import { ClientToolsError } from '../backup.errors';
import { withSession } from './sessions';

const NAME_BYTES = 6;
/** A client anywhere on the server that reads a COPY no further holds up every drop; what is left then is swept at the next start. */
const DROP_TIMEOUT_MS = 30_000;
const INSUFFICIENT_PRIVILEGE = '42501';

/** Databases beside the warehouse, on its server, that live as long as the work on them. */
export class ScratchDatabases {
  constructor(
    private readonly warehouse: DatabaseConnection,
    private readonly dropTimeoutMs = DROP_TIMEOUT_MS,
  ) {}

  /** An empty database with the warehouse's encoding and collation. Gone afterwards, at the latest with the next sweep. */
  async use<T>(signal: AbortSignal, work: (scratch: DatabaseConnection) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    // Its own session outlives an abort of the work, to clear up.
    return withSession(this.warehouse, new AbortController().signal, async (client) => {
      const name = `${await prefixOf(client)}${randomBytes(NAME_BYTES).toString('hex')}`;
      // Held by this session for as long as it lives: whoever can take it knows that the database is a leftover.
      await client.query(`select pg_advisory_lock(${lockOf(name)})`);
      await create(client, name);
      try {
        return await work(this.warehouse.with({ database: name }));
      } finally {
        await client
          .query(`set statement_timeout = ${this.dropTimeoutMs}`)
          .then(() => drop(client, name))
          .catch(() => undefined); // the session may be gone; the next start sweeps
      }
    });
  }

  /** Drops what killed processes left behind. Returns how many. */
  async sweep(signal: AbortSignal): Promise<number> {
    return withSession(this.warehouse, signal, async (client) => {
      const { rows } = await client.query<{ name: string }>(
        'select datname as name from pg_catalog.pg_database where starts_with(datname, $1)',
        [await prefixOf(client)],
      );
      let swept = 0;
      for (const { name } of rows) {
        const { rows: taken } = await client.query<{ isFree: boolean }>(`select pg_try_advisory_lock(${lockOf(name)}) as "isFree"`);
        if (!taken[0]?.isFree) continue;
        await drop(client, name);
        await client.query(`select pg_advisory_unlock(${lockOf(name)})`);
        swept += 1;
      }
      return swept;
    });
  }
}

/** Advisory locks are the database's own, so each warehouse of a server has scratch databases of its own. */
async function prefixOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ oid: string }>('select oid::text from pg_catalog.pg_database where datname = current_database()');
  return `tributary_scratch_${rows[0]?.oid ?? ''}_`;
}

async function create(client: Client, name: string): Promise<void> {
  const { rows } = await client.query<{ encoding: string; collate: string; ctype: string }>(
    `select pg_encoding_to_char(encoding) as encoding, datcollate as collate, datctype as ctype from pg_catalog.pg_database where datname = current_database()`,
  );
  const { encoding = 'UTF8', collate = 'C', ctype = 'C' } = rows[0] ?? {};
  const like = `encoding ${escapeLiteral(encoding)} lc_collate ${escapeLiteral(collate)} lc_ctype ${escapeLiteral(ctype)}`;
  try {
    await client.query(`create database ${escapeIdentifier(name)} template template0 ${like}`);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === INSUFFICIENT_PRIVILEGE)) throw cause;
    throw new ClientToolsError(
      'A trial restore needs a database of its own, which the database user may not create; grant it CREATEDB.',
      {},
      { cause },
    );
  }
}

const drop = (client: Client, name: string): Promise<unknown> =>
  client.query(`drop database if exists ${escapeIdentifier(name)} with (force)`);

const lockOf = (name: string): string => `hashtextextended(${escapeLiteral(name)}, 0)`;
