import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { type LoadedTable, SchemaCreator } from '@app/persistence';
import type { StagedTable } from '@app/platform';
import { DuckDbEngine, SpillDirectory } from '@app/transform';
import { contentHashes, NO_HASHES } from '../manifest/content-hashes';
import type { ContentHashes } from '../manifest/run-manifest';
import { engineConfig } from './engine.config';
import type { ExtractAttributes } from './extract.stage';
import { loadRequest } from './load-request';
import { sourceKeys } from './source-keys';
import type { Stage, StageContext, StageOutcome } from './stage';
import { Targets } from './targets';
import { stagedTables, transformed } from './transformed-tables';

/** What the load tells the publication. */
export interface LoadAttributes {
  readonly loaded: readonly LoadedTable[];
  readonly hashes: ContentHashes;
}

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
    const { definition, unit, staging, signal } = context;
    const spill = await SpillDirectory.create(this.config.spillRoot);
    const workDir = spill.path;
    try {
      const tables = await stagedTables(staging, this.engine, workDir, signal);
      const extracted = (await staging.sealed('extract')).attributes as unknown as ExtractAttributes;
      const publisher = await this.targets.open(definition);
      const hashes = definition.load.proof === 'hash' ? await this.hashes(context, tables, workDir) : NO_HASHES;
      if (!context.run.dryRun) await this.completeTargets(context);
      const keys = await sourceKeys(staging, this.engine, tables, workDir, signal);
      const request = { ...loadRequest(context, tables, extracted), contentHashes: hashes.tables, sourceKeys: keys };
      // Nothing is left to prepare for a unit that was published while it was extracted, or before a kill.
      const loaded = (await publisher.isPublished(unit.id)) ? [] : await publisher.load(request, context);
      const attributes: LoadAttributes = { loaded, hashes };
      await (await staging.open(this.name)).seal({ ...attributes });
      return { rows: tables.reduce((sum, table) => sum + table.rows, 0), bytes: 0 };
    } finally {
      await spill.remove();
    }
  }

  /** Targets are made, and completed, as the transform describes them, not as its data happens to fill them today. */
  private async completeTargets({ definition, staging }: StageContext): Promise<void> {
    const { tables, schema = [] } = (await transformed(staging)).attributes;
    const wanted = schema.filter(({ name }) => tables.some(({ shape }) => shape.name === name));
    if (wanted.length === 0 || definition.target.kind !== 'postgres') return;
    await new SchemaCreator(await this.targets.openWarehouse(definition)).ensure(definition.target.schema, wanted);
  }

  private async hashes({ staging, signal }: StageContext, tables: readonly StagedTable[], workDir: string): Promise<ContentHashes> {
    const { parts } = await staging.sealed('extract');
    return contentHashes(this.engine, await staging.materialise(parts, join(workDir, 'parts'), signal), tables, signal);
  }
}
