import { Injectable } from '@nestjs/common';
import { isTransientDatabaseError, toLibpqEnvironment, type DatabaseConnection } from '@app/platform';
import { DatabaseError, type Client } from 'pg';
import type { BackupControl } from './backup-control';
import { BackupFailedError } from './backup.errors';
import { ArchiveWriter } from './content/archive-writer';
import { ClientTools } from './postgres/client-tools';
import { countRows, dataSchemas } from './postgres/data-schemas';
import { ProgramFailedError, startProgram, withPrograms } from './postgres/program';
import { serverVersion, withSession } from './postgres/sessions';
import { BackupStorage } from './storage/backup-storage';
import type { Manifest } from './storage/manifest';

/** gzip's fastest: four times as fast as pg_dump's default, and a tenth larger. */
const COMPRESSION_LEVEL = 1;
/** The server went away, or the disk is full; another try may work. */
const MAY_PASS =
  /no space left|quota exceeded|connection to server|server closed the connection|terminating connection|could not connect|too many (connections|clients)|recovery mode|starting up|shutting down/i;

export interface BackupRequest {
  readonly name: string;
  readonly origin: string;
  readonly database: DatabaseConnection;
}

/** Dumps a database's data schemas into the storage. */
@Injectable()
export class BackupMaker {
  constructor(
    private readonly storage: BackupStorage,
    private readonly writer: ArchiveWriter,
    private readonly tools: ClientTools,
  ) {}

  /**
   * One snapshot is dumped and counted. The backup gets its name only after `pg_dump` ended well, `pg_restore` listed what
   * it wrote and the rows were counted; replaying replaces it by itself.
   * @throws {BackupFailedError | ClientToolsError}
   */
  make(request: BackupRequest, control: BackupControl): Promise<Manifest> {
    control.progress({ done: 0, total: null, note: request.name });
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
    const dumpArgs = await dumpArguments(client);
    const counting = countRows(client, signal).catch((error: unknown) => {
      throw countFailure(error);
    });
    counting.catch(() => undefined); // awaited where the dump ends
    const { isEncrypted, sizeBytes, sha256 } = await this.writer.write(name, tools, control, (output) => {
      const { stdout, ended } = startProgram(`${tools.folder}/pg_dump`, dumpArgs, toLibpqEnvironment(database), signal, output);
      return { stdout, ended: () => countedAndDumped(counting, ended) };
    });
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
}

/** One missing right fails both, and a failed count takes the snapshot away from pg_dump: the count says why, so it is asked first. */
async function countedAndDumped(counting: Promise<unknown>, dumped: Promise<void>): Promise<void> {
  await counting;
  await dumped.catch((error: unknown) => {
    throw dumpFailure(error);
  });
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
  return new BackupFailedError(`pg_dump stopped: ${error.firstError || error.message}`, MAY_PASS.test(error.complaint), error);
}
