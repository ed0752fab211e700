import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Publisher } from '@app/persistence';
import { StagingStore } from '@app/platform';
import { DuckDbEngine } from '@app/transform';
import { engineConfig } from './engine.config';
import type { Stage, StageContext, StageOutcome } from './stage';
import { stagedTables } from './transformed-tables';

@Injectable()
export class LoadStage implements Stage {
  readonly name = 'load';

  constructor(
    private readonly staging: StagingStore,
    private readonly engine: DuckDbEngine,
    private readonly publisher: Publisher,
    @Inject(engineConfig.KEY) private readonly config: ConfigType<typeof engineConfig>,
  ) {}

  /** Copies the tables that changed beside their targets; readers see nothing of it. */
  async run({ run, definition, signal, progress }: StageContext): Promise<StageOutcome> {
    const workDir = join(this.config.spillRoot, `load-${run.id}`);
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    try {
      const tables = await stagedTables(this.staging, this.engine, run.id, workDir, signal);
      const loaded = await this.publisher.load({ runId: run.id, schema: definition.target.schema, tables }, { signal, progress });
      await (await this.staging.open(run.id, this.name)).seal({ loaded });
      return { rows: tables.reduce((sum, table) => sum + table.rows, 0), bytes: 0 };
    } finally {
      await rm(workDir, { recursive: true, force: true });
    }
  }
}
