import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { databaseConfig } from '@app/platform';
import type { BackupControl } from './backup-control';
import { BackupMaker } from './backup-maker';
import { backupNameNow } from './backup-name';
import { backupConfig } from './backup.config';
import { expendable } from './retention';
import { BackupStorage } from './storage/backup-storage';
import { EXTERNAL_ORIGIN } from './storage/manifest';

/** Makes backups of the warehouse and deletes them. Callers hold the warehouse's lock. */
@Injectable()
export class BackupKeeper {
  private readonly logger = new Logger(BackupKeeper.name);

  constructor(
    @Inject(databaseConfig.KEY) private readonly databases: ConfigType<typeof databaseConfig>,
    @Inject(backupConfig.KEY) private readonly config: ConfigType<typeof backupConfig>,
    private readonly storage: BackupStorage,
    private readonly maker: BackupMaker,
  ) {}

  /**
   * Backs the warehouse up under this name, then applies the retention policy. Replaying replaces the backup by itself.
   * @throws {BackupFailedError | ClientToolsError} with nothing listed
   */
  async backUp(name: string, origin: string, control: BackupControl): Promise<void> {
    await this.maker.make({ name, origin, database: this.databases.warehouse }, control);
    await this.applyRetention();
  }

  /** The same under the current local time. Returns that name. */
  async backUpNow(origin: string, control: BackupControl): Promise<string> {
    const name = backupNameNow();
    await this.backUp(name, origin, control);
    return name;
  }

  /** Deletes backups of ours that no rule keeps; dumps of others are never touched. Returns the names, oldest first. */
  async applyRetention(): Promise<string[]> {
    const ours = (await this.storage.describeAll()).flatMap(({ name, manifest }) =>
      manifest && manifest.origin !== EXTERNAL_ORIGIN
        ? [{ name, createdAt: new Date(manifest.createdAt), isProved: manifest.state === 'proved' }]
        : [],
    );
    const names = expendable(ours, this.config.retention);
    for (const name of names) await this.storage.delete(name);
    if (names.length > 0) this.logger.log({ deleted: names.length }, 'backups beyond the retention policy deleted');
    return names;
  }

  /** @throws {BackupNotFoundError} */
  async delete(name: string): Promise<void> {
    await this.storage.get(name);
    await this.storage.delete(name);
  }
}
