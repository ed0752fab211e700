import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { SchemaCreator } from '@app/persistence';
import { loggable } from '@app/platform';
import { generateSchema, loadMapping } from '@app/transform';
import { RunService } from '../runs/run.service';
import { REDCAP_DEFINITION } from './redcap.definition';
import { redcapSyncConfig } from './redcap-sync.config';
import { TableFiles } from './table-files';

const RETRY_MS = 2_000;
const WAREHOUSE_SCHEMA = 'public';

/** What the old deployment does when it starts: `CREATE_TABLES`, `INSERT_DATA`, `RELOAD_ONE_OFF`, in this order. Failures are logged and the worker goes on. */
@Injectable()
export class RedcapStart implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(RedcapStart.name);
  private readonly stopping = new AbortController();

  constructor(
    @Inject(redcapSyncConfig.KEY) private readonly config: ConfigType<typeof redcapSyncConfig>,
    private readonly schema: SchemaCreator,
    private readonly files: TableFiles,
    private readonly runs: RunService,
  ) {}

  onApplicationBootstrap(): void {
    void this.begin();
  }

  onApplicationShutdown(): void {
    this.stopping.abort();
  }

  private async begin(): Promise<void> {
    const { createTables, insertFolder, runAtStart } = this.config;
    if (createTables) await this.attempt('the mapping’s tables could not be created', () => this.createTables());
    if (insertFolder !== null) await this.attempt('the table files could not be loaded', () => this.insertData(insertFolder));
    if (runAtStart) {
      await this.runs
        .start({ pipeline: REDCAP_DEFINITION.name, trigger: 'start', displayName: 'reload.entrypoint' })
        .catch((error: unknown) => this.logger.error(loggable(error), 'the run at start could not be queued'));
    }
  }

  private async createTables(): Promise<void> {
    const change = await this.schema.ensure(WAREHOUSE_SCHEMA, generateSchema(await loadMapping(this.config.transform.mappingPath)));
    this.logger.log(change, 'the mapping’s tables exist');
  }

  private async insertData(folder: string): Promise<void> {
    const changes = await this.files.append(folder, WAREHOUSE_SCHEMA, this.stopping.signal);
    this.logger.log({ tables: changes.map(({ table, inserted }) => ({ table, inserted })) }, 'the table files are loaded');
  }

  /** Tries until it succeeds or cannot: a database that starts together with us is not a reason to give up. */
  private async attempt(failure: string, work: () => Promise<void>): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await work();
        return;
      } catch (error) {
        this.logger.error(loggable(error), failure);
        if (!isRetryable(error)) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      }
    }
  }
}

const isRetryable = (error: unknown): boolean => error instanceof Error && 'retryable' in error && error.retryable === true;
