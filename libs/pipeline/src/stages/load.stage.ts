import { mkdir, rm } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DuckDbEngine } from '@app/transform';
import { engineConfig } from './engine.config';
import type { ExtractAttributes } from './extract.stage';
import { loadRequest } from './load-request';
import type { Stage, StageContext, StageOutcome } from './stage';
import { Targets } from './targets';
import { stagedTables } from './transformed-tables';
import { workFolder } from './work-folder';

@Injectable()
export class LoadStage implements Stage {
  readonly name = 'load';

  constructor(
    private readonly engine: DuckDbEngine,
    private readonly targets: Targets,
    @Inject(engineConfig.KEY) private readonly config: ConfigType<typeof engineConfig>,
  ) {}

  /** Copies the tables that changed beside their targets; readers see nothing of it. */
  async run(context: StageContext): Promise<StageOutcome> {
    const { definition, staging, signal } = context;
    const workDir = workFolder(this.config.spillRoot, this.name, context.unit);
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    try {
      const tables = await stagedTables(staging, this.engine, workDir, signal);
      const extracted = (await staging.sealed('extract')).attributes as unknown as ExtractAttributes;
      const publisher = await this.targets.open(definition);
      const loaded = await publisher.load(loadRequest(context, tables, extracted), context);
      await (await staging.open(this.name)).seal({ loaded });
      return { rows: tables.reduce((sum, table) => sum + table.rows, 0), bytes: 0 };
    } finally {
      await rm(workDir, { recursive: true, force: true });
    }
  }
}
