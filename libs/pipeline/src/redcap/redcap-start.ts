import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { SchemaCreator } from '@app/persistence';
import { loggable } from '@app/platform';
import { generateSchema, loadMapping } from '@app/transform';
import { RunService } from '../runs/run.service';
import { REDCAP_DEFINITION } from './redcap.definition';
import { redcapSyncConfig } from './redcap-sync.config';

const RETRY_MS = 2_000;
const WAREHOUSE_SCHEMA = 'public';

/** What the old deployment does when it starts: `CREATE_TABLES`, `RELOAD_ONE_OFF`. Failures are logged and the worker goes on. */
@Injectable()
export class RedcapStart implements OnApplicationBootstrap {
  private readonly logger = new Logger(RedcapStart.name);

  constructor(
    @Inject(redcapSyncConfig.KEY) private readonly config: ConfigType<typeof redcapSyncConfig>,
    private readonly schema: SchemaCreator,
    private readonly runs: RunService,
  ) {}

  onApplicationBootstrap(): void {
    void this.begin();
  }

  private async begin(): Promise<void> {
    if (this.config.createTables) await this.createTables();
    if (this.config.runAtStart) {
      await this.runs
        .start({ pipeline: REDCAP_DEFINITION.name, trigger: 'start', displayName: 'reload.entrypoint' })
        .catch((error: unknown) => this.logger.error(loggable(error), 'the run at start could not be queued'));
    }
  }

  private async createTables(): Promise<void> {
    for (;;) {
      try {
        const change = await this.schema.ensure(WAREHOUSE_SCHEMA, generateSchema(await loadMapping(this.config.transform.mappingPath)));
        this.logger.log(change, 'the mapping’s tables exist');
        return;
      } catch (error) {
        this.logger.error(loggable(error), 'the mapping’s tables could not be created');
        if (!isRetryable(error)) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      }
    }
  }
}

const isRetryable = (error: unknown): boolean => error instanceof Error && 'retryable' in error && error.retryable === true;
