import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import { Publisher, type LoadedTable, type Publication } from '@app/persistence';
import { loggable, StagingStore } from '@app/platform';
import { DuckDbEngine } from '@app/transform';
import { Repository } from 'typeorm';
import { RunEntity } from '../runs/run.entity';
import { WAREHOUSE_RESOURCE } from '../runs/run-pipeline.task';
import { BackupBeforePublish } from './backup-before-publish';
import { engineConfig } from './engine.config';
import type { Stage, StageContext, StageOutcome } from './stage';
import { sealed, stagedTables } from './transformed-tables';

@Injectable()
export class PublishStage implements Stage {
  readonly name = 'publish';
  private readonly logger = new Logger(PublishStage.name);

  constructor(
    private readonly staging: StagingStore,
    private readonly engine: DuckDbEngine,
    private readonly publisher: Publisher,
    @Inject(engineConfig.KEY) private readonly config: ConfigType<typeof engineConfig>,
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
    private readonly backup: BackupBeforePublish,
  ) {}

  /** One transaction for all tables of the run. A dry run does the same and rolls it back. */
  async run(context: StageContext): Promise<StageOutcome> {
    const { run } = context;
    await this.backup.take(run, context);
    const publication = await this.publish(context);
    await this.runs.update(run.id, { tables: publication.tables });
    await (await this.staging.open(run.id, this.name)).seal({ publication });
    await this.tidy(context, publication);
    return { rows: publication.tables.reduce((sum, table) => sum + table.inserted + table.deleted, 0), bytes: 0 };
  }

  /** Helps the planner and frees space; the run has succeeded whether this does or not. */
  private async tidy({ run, definition }: StageContext, { tables }: Publication): Promise<void> {
    try {
      if (!run.dryRun) await this.publisher.analyze(definition.target.schema, tables);
      await this.publisher.discard(run.id);
    } catch (error) {
      this.logger.warn(loggable(error), 'staging tables stay until the next sweep');
    }
  }

  private async publish({ run, definition, signal, progress }: StageContext): Promise<Publication> {
    const workDir = join(this.config.spillRoot, `publish-${run.id}`);
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    try {
      const tables = await stagedTables(this.staging, this.engine, run.id, workDir, signal);
      const { attributes } = await sealed(this.staging, run.id, 'load');
      const request = {
        runId: run.id,
        schema: definition.target.schema,
        tables,
        loaded: attributes.loaded as readonly LoadedTable[],
        allowShrink: definition.load.allowShrink || run.parameters.allowShrink === true,
        dryRun: run.dryRun,
        locks: [WAREHOUSE_RESOURCE],
      };
      return await this.publisher.publish(request, { signal, progress });
    } finally {
      await rm(workDir, { recursive: true, force: true });
    }
  }
}
