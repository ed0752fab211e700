import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { toLibpqEnvironment, type DatabaseConnection } from '@app/platform';
import type { BackupControl } from '../backup-control';
import { BackupUnusableError, RestoreRefusedError } from '../backup.errors';
import { restorableEntries } from '../content/archive-listing';
import { BackupContents } from '../content/backup-contents';
import type { Inspected } from '../content/inspector';
import { lastBytes } from '../content/peek';
import { restrictedScript } from '../content/plain-dump';
import type { ToolSet } from '../postgres/client-tools';
import { feed, ProgramFailedError, startProgram, startProgramInto, withPrograms, type RunningProgram } from '../postgres/program';
import type { StoredBackup } from '../storage/backup-storage';
import { WAREHOUSE_RESOURCE } from '../warehouse-resource';
import { CLEAR_DATA_SCHEMAS } from './clear-statements';
import { refusal } from './refusal';

/** How long a restore waits for readers of the tables that it replaces. */
const LOCK_TIMEOUT_MS = 600_000;

/** Memory for building one index, of the one session that builds them all. */
const INDEX_MEMORY_MB = 256;

/** Without start-up files; stops at the first error; shows of an error its code alone, since texts quote values. */
const PSQL_ARGUMENTS = ['--no-psqlrc', '--quiet', '--no-password', '--set=ON_ERROR_STOP=1', '--set=VERBOSITY=sqlstate'];

/** What `psql` says once the transaction is committed, and at no other time. */
const COMMITTED = 'tributary: committed';

const BEGIN = `begin;
set local lock_timeout = '${LOCK_TIMEOUT_MS}ms';
set local statement_timeout = 0;
set local maintenance_work_mem = '${INDEX_MEMORY_MB}MB';
set local client_min_messages = warning;
select pg_advisory_xact_lock(hashtextextended('tributary:${WAREHOUSE_RESOURCE}', 0));
${CLEAR_DATA_SCHEMAS}
`;

/** Puts a backup's content in the place of a database's data schemas. */
@Injectable()
export class Replay {
  constructor(private readonly contents: BackupContents) {}

  /**
   * One transaction, which is committed only after the whole backup was taken by the server. On any failure, a kill
   * included, the database is as it was. Readers of replaced tables wait meanwhile, and then see the new state.
   * @throws {RestoreRefusedError | BackupUnusableError}
   */
  async run({ backup, format, listing, tools }: Inspected, database: DatabaseConnection, control: BackupControl): Promise<void> {
    control.progress({ done: 0, total: backup.sizeBytes, note: backup.name });
    const content = await this.contents.open(backup.name, control.signal);
    try {
      const bytes = withProgress(content.bytes, backup, control);
      await withPrograms(control.signal, async (signal) => {
        const psql = startProgram(`${tools.folder}/psql`, PSQL_ARGUMENTS, toLibpqEnvironment(database), signal);
        await committed(psql, backup.name, async () => {
          if (format === 'archive') await feedArchive(bytes, listing, psql, tools, signal, backup.name);
          else await feed(restrictedScript(bytes, backup.name), psql, { keepOpen: true });
        });
      });
    } finally {
      content.close();
    }
  }
}

/** Wraps what is written to `psql` in a transaction, which is committed if all of it could be written. */
async function committed(psql: RunningProgram, name: string, write: () => Promise<void>): Promise<void> {
  const lastWords = lastBytes(psql.stdout, COMMITTED.length + 1);
  lastWords.catch(() => undefined); // how psql ended says more
  const ended = (): Promise<void> =>
    psql.ended.catch((reason: unknown) => {
      throw refusal(name, reason);
    });
  try {
    await written(psql, BEGIN);
    await write();
  } catch (error) {
    // Without a commit psql ends well, and the server rolls back; if the server refused first, that is the reason.
    psql.stdin.end();
    await ended();
    throw error;
  }
  psql.stdin.end(`commit;\n\\echo ${COMMITTED}\n`);
  await ended();
  if ((await lastWords).toString().trimEnd() !== COMMITTED) throw new RestoreRefusedError(name, 'psql ended before all was written', true);
}

/** Resolves when the text has left this process, so that another program may write after it. */
const written = (psql: RunningProgram, text: string): Promise<void> => new Promise((resolve) => psql.stdin.write(text, () => resolve()));

/** `pg_restore` turns the archive into SQL and hands it to `psql`: nothing waits on disk, and rows do not pass through here. */
async function feedArchive(
  content: AsyncIterable<Uint8Array>,
  listing: string,
  psql: RunningProgram,
  tools: ToolSet,
  signal: AbortSignal,
  name: string,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-restore-'));
  try {
    const entries = join(folder, 'entries');
    await writeFile(entries, restorableEntries(listing), { mode: 0o600 });
    const restore = startProgramInto(
      psql,
      `${tools.folder}/pg_restore`,
      ['--no-owner', '--exit-on-error', `--use-list=${entries}`, '--file=-'],
      {},
      signal,
    );
    await feed(content, restore);
    await restore.ended.catch((error: unknown) => {
      throw error instanceof ProgramFailedError
        ? new BackupUnusableError(name, `it cannot be read to its end (${error.firstError})`, error)
        : error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* withProgress(
  content: AsyncIterable<Uint8Array>,
  { name, sizeBytes }: StoredBackup,
  control: BackupControl,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of content) {
    done += chunk.byteLength;
    control.progress({ done, total: sizeBytes, note: name });
    yield chunk;
  }
}
