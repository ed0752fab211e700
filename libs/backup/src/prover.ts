import { Injectable } from '@nestjs/common';
import type { DatabaseConnection } from '@app/platform';
import type { BackupControl } from './backup-control';
import { BackupUnusableError, RestoreRefusedError } from './backup.errors';
import { Inspector, type Inspected } from './content/inspector';
import { countRows } from './postgres/data-schemas';
import { ScratchDatabases } from './postgres/scratch-databases';
import { withSession } from './postgres/sessions';
import { Replay } from './restore/replay';
import { BackupStorage, type StoredBackup } from './storage/backup-storage';
import { EXTERNAL_ORIGIN, type Manifest, type TableRows } from './storage/manifest';

/** Restores backups on trial, by the very code that restores them in earnest. */
@Injectable()
export class Prover {
  constructor(
    private readonly storage: BackupStorage,
    private readonly inspector: Inspector,
    private readonly scratch: ScratchDatabases,
    private readonly replay: Replay,
  ) {}

  /**
   * Restores the backup on trial and notes that it could be done. A backup that fails the trial is no longer called proved.
   * @throws {BackupNotFoundError | BackupUnusableError}
   */
  async prove(name: string, control: BackupControl): Promise<void> {
    const before = await this.storage.get(name);
    try {
      const inspected = await this.inspector.inspect(name, control.signal);
      const tables = await this.restoreOnTrial(inspected, control, (found) => Promise.resolve(found));
      const known = inspected.backup.manifest ?? externalManifest(inspected, tables);
      await this.storage.putManifest(name, { ...known, state: 'proved', provedAt: new Date().toISOString() });
    } catch (error) {
      if (error instanceof BackupUnusableError && before.manifest)
        await this.storage.putManifest(name, { ...before.manifest, state: 'created', provedAt: null });
      throw error;
    }
  }

  /**
   * Restores into a scratch database, compares the rows of every table with those counted when the backup was made, and
   * hands the database to `use` before it goes.
   * @throws {BackupUnusableError}
   */
  async restoreOnTrial<T>(
    inspected: Inspected,
    control: BackupControl,
    use: (tables: TableRows[], scratch: DatabaseConnection) => Promise<T>,
  ): Promise<T> {
    const { backup } = inspected;
    return this.scratch.use(control.signal, async (scratch) => {
      await this.replay.run(inspected, scratch, control).catch((error: unknown) => {
        if (!(error instanceof RestoreRefusedError) || error.retryable) throw error;
        throw new BackupUnusableError(backup.name, `a trial restore failed: ${error.reason}`, error);
      });
      const tables = await withSession(scratch, control.signal, (client) => countRows(client, control.signal));
      assertComplete(backup, tables);
      return use(tables, scratch);
    });
  }
}

function assertComplete({ name, manifest }: StoredBackup, restored: readonly TableRows[]): void {
  if (restored.length === 0 && manifest === null) throw new BackupUnusableError(name, 'it holds no table');
  const rowsOf = new Map(restored.map((table) => [keyOf(table), table.rows]));
  const first = manifest?.tables.find((table) => rowsOf.get(keyOf(table)) !== table.rows);
  if (!first) return;
  throw new BackupUnusableError(
    name,
    `table ${first.schema}.${first.table} had ${first.rows} rows and a trial restore gave ${rowsOf.get(keyOf(first)) ?? 'none'}`,
  );
}

const keyOf = ({ schema, table }: TableRows): string => JSON.stringify([schema, table]);

const externalManifest = ({ backup, format, isEncrypted, sha256 }: Inspected, tables: TableRows[]): Manifest => ({
  state: 'proved',
  origin: EXTERNAL_ORIGIN,
  format,
  isEncrypted,
  sizeBytes: backup.sizeBytes,
  sha256,
  tables,
  serverVersion: null,
  createdAt: backup.modifiedAt.toISOString(),
  provedAt: null,
});
