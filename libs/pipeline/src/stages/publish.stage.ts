import { mkdir, rm } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import type { TableChange } from '@app/persistence';
import { DuckDbEngine } from '@app/transform';
import { Repository } from 'typeorm';
import type { PublicationEvidence } from '../manifest/run-manifest';
import { RunManifests } from '../manifest/run-manifests';
import { RunEntity, settledTables } from '../runs/run.entity';
import { locksOf } from '../runs/run-pipeline.task';
import { AfterPublish } from './after-publish';
import { BackupBeforePublish } from './backup-before-publish';
import { Connectors } from './connectors';
import { engineConfig } from './engine.config';
import type { ExtractAttributes } from './extract.stage';
import { publishRequest } from './load-request';
import type { LoadAttributes } from './load.stage';
import { sourceKeys } from './source-keys';
import type { Stage, StageContext, StageOutcome } from './stage';
import { Targets } from './targets';
import { stagedTables } from './transformed-tables';
import { workFolder } from './work-folder';

@Injectable()
export class PublishStage implements Stage {
  readonly name = 'publish';

  constructor(
    private readonly engine: DuckDbEngine,
    private readonly targets: Targets,
    @Inject(engineConfig.KEY) private readonly config: ConfigType<typeof engineConfig>,
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
    private readonly backup: BackupBeforePublish,
    private readonly connectors: Connectors,
    private readonly after: AfterPublish,
    private readonly manifests: RunManifests,
  ) {}

  /** One transaction for all tables of the unit. A dry run does the same and rolls it back. */
  async run(context: StageContext): Promise<StageOutcome> {
    const { run, staging } = context;
    await this.backup.take(run, context);
    await this.manifests.check();
    const evidence = await this.publish(context);
    const { publication } = evidence;
    run.tables = [...settledTables(run), ...publication.tables];
    await this.runs.update(run.id, { tables: run.tables });
    if (!run.dryRun) await this.manifests.record(run, evidence);
    await (await staging.open(this.name)).seal({ publication });
    await this.after.tidy(context, publication);
    return { rows: publication.tables.reduce((sum, table) => sum + writtenRows(table), 0), bytes: 0 };
  }

  private async publish(context: StageContext): Promise<PublicationEvidence> {
    const { definition, unit, staging, signal } = context;
    const workDir = workFolder(this.config.spillRoot, this.name, context.unit);
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    try {
      const tables = await stagedTables(staging, this.engine, workDir, signal);
      const { parts, attributes: extracted } = await staging.sealed('extract');
      const { loaded, hashes } = (await staging.sealed('load')).attributes as unknown as LoadAttributes;
      const locks = locksOf(this.connectors.tablesOf(definition));
      const request = publishRequest(context, tables, extracted as unknown as ExtractAttributes, locks);
      const keys = await sourceKeys(staging, this.engine, tables, workDir, signal);
      const publisher = await this.targets.open(definition);
      const publication = await publisher.publish({ ...request, loaded, contentHashes: hashes.tables, sourceKeys: keys }, context);
      return { unit, parts, tables, hashes, publication };
    } finally {
      await rm(workDir, { recursive: true, force: true });
    }
  }
}

const writtenRows = ({ inserted, updated = 0, deleted }: TableChange): number => inserted + updated + deleted;
