import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { databaseConfig } from '@app/platform';
import type { BackupControl } from './backup-control';
import { BackupMaker } from './backup-maker';
import { backupNameNow } from './backup-name';
import { Inspector, type Inspected } from './content/inspector';
import { Prover } from './prover';
import { Replay } from './restore/replay';
import { BackupStorage, type StoredBackup } from './storage/backup-storage';
import { EXTERNAL_ORIGIN } from './storage/manifest';

/** Replaces the warehouse's data by that of a backup. Callers hold the warehouse's lock. */
@Injectable()
export class BackupRestorer {
  private readonly logger = new Logger(BackupRestorer.name);

  constructor(
    @Inject(databaseConfig.KEY) private readonly databases: ConfigType<typeof databaseConfig>,
    private readonly storage: BackupStorage,
    private readonly maker: BackupMaker,
    private readonly inspector: Inspector,
    private readonly prover: Prover,
    private readonly replay: Replay,
  ) {}

  /**
   * Checked first, then a safety backup of what is there, then all or nothing. Dumps of others are restored on trial and
   * taken over from there, so that nothing but data gets in and nothing in them reaches the warehouse's database.
   * @throws {BackupNotFoundError | BackupUnusableError | RestoreRefusedError} with the data as it was
   */
  async restore(name: string, control: BackupControl): Promise<void> {
    const inspected = await this.inspector.inspect(name, control.signal);
    if (isOurs(inspected.backup)) return this.replaceBy(inspected, control);
    const converted = backupNameNow();
    try {
      await this.prover.restoreOnTrial(inspected, control, (_tables, database) =>
        this.maker.make({ name: converted, origin: 'conversion', database }, control),
      );
      await this.replaceBy(await this.inspector.inspect(converted, control.signal), control);
    } finally {
      await this.storage.delete(converted);
    }
  }

  private async replaceBy(inspected: Inspected, control: BackupControl): Promise<void> {
    const safety = backupNameNow();
    await this.maker.make({ name: safety, origin: 'before-restore', database: this.databases.warehouse }, control);
    this.logger.log({ safety }, 'safety backup made; restoring');
    await this.replay.run(inspected, this.databases.warehouse, control);
  }
}

const isOurs = ({ manifest }: StoredBackup): boolean => manifest !== null && manifest.origin !== EXTERNAL_ORIGIN;
