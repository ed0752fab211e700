import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { databaseConfig, loggable } from '@app/platform';
import { ClientTools } from './postgres/client-tools';
import { ScratchDatabases } from './postgres/scratch-databases';
import { serverVersion, withSession } from './postgres/sessions';
import { BackupStorage } from './storage/backup-storage';

/** What a worker does about backups when it starts. A failure is logged and stops nothing: syncs may go on without backups. */
@Injectable()
export class BackupStart implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(BackupStart.name);
  private readonly stopping = new AbortController();
  private begun: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(databaseConfig.KEY) private readonly databases: ConfigType<typeof databaseConfig>,
    private readonly storage: BackupStorage,
    private readonly scratch: ScratchDatabases,
    private readonly tools: ClientTools,
  ) {}

  onApplicationBootstrap(): void {
    this.begun = Promise.all([
      this.attempt('backups are not possible', () => this.checkTools()),
      this.attempt('leftovers of backups could not be swept', () => this.sweep()),
    ]);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.begun;
  }

  private async checkTools(): Promise<void> {
    const { major, text } = await withSession(this.databases.warehouse, this.stopping.signal, serverVersion);
    const tools = await this.tools.forServer(major);
    this.logger.log({ server: text, tools: tools.major }, 'backup programs found');
  }

  private async sweep(): Promise<void> {
    const swept = (await this.storage.sweep()) + (await this.scratch.sweep(this.stopping.signal));
    if (swept > 0) this.logger.log({ swept }, 'leftovers of backups swept');
  }

  private async attempt(failure: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.stopping.signal.aborted) this.logger.warn(loggable(error), failure);
    }
  }
}
