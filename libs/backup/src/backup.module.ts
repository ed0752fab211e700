import { pathToFileURL } from 'node:url';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { databaseConfig, OBJECT_STORE, openObjectStore, SecretResolver, type ObjectStore } from '@app/platform';
import { BackupKeeper } from './backup-keeper';
import { BackupMaker } from './backup-maker';
import { BackupRestorer } from './backup-restorer';
import { BackupSchedule } from './backup-schedule';
import { BackupStart } from './backup-start';
import { backupConfig } from './backup.config';
import { BackupFolderError } from './backup.errors';
import { BackUpProcessor, DeleteBackupProcessor, ProveBackupProcessor, RestoreBackupProcessor } from './backup.processors';
import { BackupService } from './backup.service';
import { ArchiveWriter } from './content/archive-writer';
import { BackupContents } from './content/backup-contents';
import { EncryptionKeys } from './content/encryption-key';
import { Inspector } from './content/inspector';
import { ClientTools } from './postgres/client-tools';
import { ScratchDatabases } from './postgres/scratch-databases';
import { Prover } from './prover';
import { Replay } from './restore/replay';
import { BackupStorage } from './storage/backup-storage';

/** The place of backups in an object store that holds other things too. */
const OBJECT_STORE_PREFIX = 'backups/';

const CLIENT: Provider[] = [
  {
    provide: BackupStorage,
    inject: [backupConfig.KEY, OBJECT_STORE],
    useFactory: ({ folder }: ConfigType<typeof backupConfig>, store: ObjectStore) =>
      folder === null ? new BackupStorage(store, OBJECT_STORE_PREFIX) : new BackupStorage(openFolder(folder), ''),
  },
  BackupService,
];

const WORKER: Provider[] = [
  {
    provide: EncryptionKeys,
    inject: [backupConfig.KEY, SecretResolver],
    useFactory: ({ encryptionKey }: ConfigType<typeof backupConfig>, secrets: SecretResolver) => new EncryptionKeys(encryptionKey, secrets),
  },
  {
    provide: ClientTools,
    inject: [backupConfig.KEY],
    useFactory: ({ programFolders }: ConfigType<typeof backupConfig>) => new ClientTools(programFolders),
  },
  {
    provide: ScratchDatabases,
    inject: [databaseConfig.KEY],
    useFactory: ({ warehouse }: ConfigType<typeof databaseConfig>) => new ScratchDatabases(warehouse),
  },
  BackupContents,
  ArchiveWriter,
  BackupMaker,
  Inspector,
  Replay,
  Prover,
  BackupKeeper,
  BackupRestorer,
  BackUpProcessor,
  DeleteBackupProcessor,
  RestoreBackupProcessor,
  ProveBackupProcessor,
  BackupStart,
  BackupSchedule,
];

@Module({})
export class BackupModule {
  /** For a process that lists backups and asks for work on them. */
  static client(): DynamicModule {
    return { module: BackupModule, global: true, providers: CLIENT, exports: [BackupService] };
  }

  /** For a process that makes, restores and proves them. */
  static worker(): DynamicModule {
    return {
      module: BackupModule,
      global: true,
      providers: [...CLIENT, ...WORKER],
      exports: [BackupService, BackupKeeper, BackupRestorer, Prover],
    };
  }
}

function openFolder(folder: string): ObjectStore {
  try {
    return openObjectStore({ url: pathToFileURL(folder).href });
  } catch (error) {
    throw new BackupFolderError(error);
  }
}
