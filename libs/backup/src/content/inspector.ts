import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { databaseConfig } from '@app/platform';
import { BackupUnusableError } from '../backup.errors';
import { ClientTools, type ToolSet } from '../postgres/client-tools';
import { ProgramFailedError, withPrograms } from '../postgres/program';
import { serverVersion, withSession } from '../postgres/sessions';
import { BackupStorage, type StoredBackup } from '../storage/backup-storage';
import type { BackupFormat } from '../storage/manifest';
import { ArchiveListing, dumpedMajor } from './archive-listing';
import { BackupContents } from './backup-contents';
import { lastBytes, peek } from './peek';
import { BEGINNING_BYTES, isPlainDump, isWhole, TAIL_BYTES } from './plain-dump';

const ARCHIVE_MAGIC = 'PGDMP';

export interface Inspection {
  readonly format: BackupFormat;
  readonly isEncrypted: boolean;
  /** Hex, of the bytes as they are stored. */
  readonly sha256: string;
  /** What `pg_restore --list` says; empty for a plain dump. */
  readonly listing: string;
}

/** A backup that was found fit to be restored, and the programs to do it with. */
export interface Inspected extends Inspection {
  readonly backup: StoredBackup;
  readonly tools: ToolSet;
}

/** Reads a whole backup and says whether it can be restored, without touching any data. */
@Injectable()
export class Inspector {
  constructor(
    @Inject(databaseConfig.KEY) private readonly databases: ConfigType<typeof databaseConfig>,
    private readonly storage: BackupStorage,
    private readonly contents: BackupContents,
    private readonly tools: ClientTools,
  ) {}

  /** @throws {BackupNotFoundError | ClientToolsError}, {BackupUnusableError} saying what is wrong with it */
  async inspect(name: string, signal: AbortSignal): Promise<Inspected> {
    const backup = await this.storage.get(name);
    const { major } = await withSession(this.databases.warehouse, signal, serverVersion);
    const tools = await this.tools.forServer(major);
    assertSize(backup);
    const inspection = await withPrograms(signal, (scope) => this.read(name, tools, scope));
    if (backup.manifest && backup.manifest.sha256 !== inspection.sha256) {
      throw new BackupUnusableError(name, 'its checksum is another than when it was made: it was altered');
    }
    const made = dumpedMajor(inspection.listing);
    if (made !== null && made > major) {
      throw new BackupUnusableError(
        name,
        `it was made by PostgreSQL ${made} and the server runs ${major}; restore it on a server that is as new`,
      );
    }
    return { ...inspection, backup, tools };
  }

  private async read(name: string, tools: ToolSet, signal: AbortSignal): Promise<Inspection> {
    const hash = createHash('sha256');
    const content = await this.contents.open(name, signal, hash);
    const { isEncrypted } = content;
    try {
      const { head, rest } = await peek(content.bytes, BEGINNING_BYTES, 'keep');
      const format = formatOf(head);
      if (format === null) throw new BackupUnusableError(name, 'it is neither an archive of pg_dump nor its SQL text');
      if (format === 'archive' && !isEncrypted) {
        // Only its beginning is listed, and the storage hashes faster than bytes come here.
        const [listing, sha256] = await Promise.all([list(name, rest, tools, signal), this.storage.sha256(name, signal)]);
        return { format, isEncrypted, sha256, listing };
      }
      const listing = format === 'archive' ? await list(name, rest, tools, signal, 'to its end') : await readPlain(name, rest);
      return { format, isEncrypted, sha256: hash.digest('hex'), listing };
    } finally {
      content.close();
    }
  }
}

/** Reads `to its end` where every part has to be authentic. */
async function list(
  name: string,
  content: AsyncIterable<Uint8Array>,
  tools: ToolSet,
  signal: AbortSignal,
  read?: 'to its end',
): Promise<string> {
  const listing = new ArchiveListing(tools, signal);
  for await (const chunk of content) if (!(await listing.offer(chunk)) && read === undefined) break;
  return listing.read().catch((error: unknown) => {
    if (!(error instanceof ProgramFailedError)) throw error;
    throw new BackupUnusableError(name, `pg_restore ${tools.major} cannot read it (${error.firstError})`, error);
  });
}

function assertSize({ name, sizeBytes, manifest }: StoredBackup): void {
  if (sizeBytes === 0) throw new BackupUnusableError(name, 'it is empty');
  if (manifest && manifest.sizeBytes !== sizeBytes) {
    throw new BackupUnusableError(name, `it has ${sizeBytes} bytes and had ${manifest.sizeBytes} when it was made`);
  }
}

function formatOf(head: Buffer): BackupFormat | null {
  if (head.toString('latin1').startsWith(ARCHIVE_MAGIC)) return 'archive';
  return isPlainDump(head) ? 'plain' : null;
}

async function readPlain(name: string, content: AsyncIterable<Uint8Array>): Promise<string> {
  if (!isWhole(await lastBytes(content, TAIL_BYTES)))
    throw new BackupUnusableError(name, 'it was cut short: the end of the dump is missing');
  return '';
}
