import { Injectable } from '@nestjs/common';
import { isTransientDatabaseError, toLibpqEnvironment, type DatabaseConnection } from '@app/platform';
import { DatabaseError, type Client } from 'pg';
import { BackupFailedError } from './backup.errors';
import { ArchiveListing } from './content/archive-listing';
import { BackupContents } from './content/backup-contents';
import { ClientTools, type ToolSet } from './postgres/client-tools';
import { countRows, dataSchemas } from './postgres/data-schemas';
import { ProgramFailedError, startProgram, withPrograms } from './postgres/program';
import { serverVersion, withSession } from './postgres/sessions';
import { BackupStorage } from './storage/backup-storage';
import type { Manifest } from './storage/manifest';

/** gzip's fastest: four times as fast as pg_dump's default, and a tenth larger. */
const COMPRESSION_LEVEL = 1;
/** The server went away; another try may work. */
const CONNECTION_LOST =
  /connection to server|server closed the connection|terminating connection|could not connect|too many (connections|clients)|recovery mode|starting up|shutting down/i;

export interface BackupRequest {
  readonly name: string;
  readonly origin: string;
  readonly database: DatabaseConnection;
}

export interface BackupControl {
  readonly signal: AbortSignal;
  progress(progress: { done: number; total: number | null; note: string }): void;
}

/** Dumps a database's data schemas into the storage. */
@Injectable()
export class BackupMaker {
  constructor(
    private readonly storage: BackupStorage,
    private readonly contents: BackupContents,
    private readonly tools: ClientTools,
  ) {}

  /**
   * One snapshot is dumped and counted. The backup gets its name only after `pg_dump` ended well, `pg_restore` listed what
   * it wrote and the rows were counted; replaying replaces it by itself.
   * @throws {BackupFailedError | ClientToolsError}
   */
  make(request: BackupRequest, control: BackupControl): Promise<Manifest> {
    return withPrograms(control.signal, (signal) =>
      withSession(request.database, signal, (client) => this.dump(request, client, { ...control, signal })),
    );
  }

  private async dump({ name, origin, database }: BackupRequest, client: Client, control: BackupControl): Promise<Manifest> {
    const { signal } = control;
    const { major, text: version } = await serverVersion(client);
    const tools = await this.tools.forServer(major);
    const createdAt = new Date().toISOString();
    await client.query('begin isolation level repeatable read read only');
    const dump = startProgram(`${tools.folder}/pg_dump`, await dumpArguments(client), toLibpqEnvironment(database), signal);
    const counting = countRows(client, signal).catch((error: unknown) => {
      throw countFailure(error);
    });
    const dumped = dump.ended.catch((error: unknown) => {
      throw dumpFailure(error);
    });
    const work = [counting, dumped];
    for (const part of work) part.catch(() => undefined); // awaited where the dump ends
    const checked = this.checked(dump.stdout, tools, signal, async () => {
      // One missing right fails both, and a failed count takes the snapshot away from pg_dump: the count says why, so it is asked first.
      for (const part of work) await part;
    });
    const { isEncrypted, bytes } = await this.contents.seal(
      withProgress(checked, (done) => {
        control.progress({ done, total: null, note: name });
      }),
    );
    const { sizeBytes, sha256 } = await this.storage.put(name, bytes, signal);
    const tables = await counting;
    const manifest: Manifest = {
      state: 'verified',
      origin,
      format: 'archive',
      isEncrypted,
      sizeBytes,
      sha256,
      tables,
      serverVersion: version,
      createdAt,
      provedAt: null,
    };
    await this.storage.putManifest(name, manifest);
    return manifest;
  }

  /** The same bytes; they end only when everything that must hold does. */
  private async *checked(
    content: AsyncIterable<Uint8Array>,
    tools: ToolSet,
    signal: AbortSignal,
    ended: () => Promise<void>,
  ): AsyncGenerator<Uint8Array> {
    const listing = new ArchiveListing(tools, signal);
    for await (const chunk of content) {
      await listing.offer(chunk);
      yield chunk;
    }
    await ended();
    await listing.read();
  }
}

/** Called inside the snapshot's transaction. Names are quoted, so that none is read as a pattern. */
async function dumpArguments(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ snapshot: string }>('select pg_export_snapshot() as snapshot');
  const schemas = await dataSchemas(client);
  if (schemas.length === 0) throw new BackupFailedError('the database has no schema with data.', false);
  return [
    '--format=custom',
    `--compress=${COMPRESSION_LEVEL}`,
    '--no-owner',
    '--no-password',
    `--snapshot=${rows[0]?.snapshot ?? ''}`,
    '--extension=*',
    ...schemas.map((schema) => `--schema="${schema.replaceAll('"', '""')}"`),
  ];
}

/** A server that is away stays what it is; any other refusal is told by its code, since its words may quote rows. */
function countFailure(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || isTransientDatabaseError(error)) return error;
  const fault = `the rows of its tables could not be counted (SQLSTATE ${error.code}); the database user must be able to read all of them.`;
  return new BackupFailedError(fault, false, error);
}

function dumpFailure(error: unknown): unknown {
  if (!(error instanceof ProgramFailedError)) return error;
  return new BackupFailedError(`pg_dump stopped: ${error.firstError || error.message}`, CONNECTION_LOST.test(error.complaint), error);
}

async function* withProgress(content: AsyncIterable<Uint8Array>, report: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.byteLength;
    report(bytes);
    yield chunk;
  }
}
