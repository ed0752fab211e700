import { toPoolConfig, type DatabaseConnection } from '@app/platform';
import { Client } from 'pg';

const SETTINGS = 'set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = 0';
/** `server_version_num` is the major version times this, plus the minor one. */
const MAJOR_UNIT = 10_000;

/** Runs work on a connection of its own, which ends with it. The signal ends it early. */
export async function withSession<T>(
  connection: DatabaseConnection,
  signal: AbortSignal,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const client = new Client(toPoolConfig(connection));
  // The statement under way fails with the same error.
  client.on('error', () => undefined);
  const end = (): void => void client.end();
  signal.addEventListener('abort', end, { once: true });
  try {
    await client.connect();
    await client.query(SETTINGS);
    return await work(client);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', end);
    await client.end();
  }
}

export interface ServerVersion {
  readonly major: number;
  /** As the server writes it, such as `16.4`. */
  readonly text: string;
}

export async function serverVersion(client: Client): Promise<ServerVersion> {
  const { rows } = await client.query<{ number: number; text: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as text`,
  );
  const [found] = rows;
  if (found === undefined) throw new Error('A query without FROM returned no row.');
  return { major: Math.floor(found.number / MAJOR_UNIT), text: found.text };
}
