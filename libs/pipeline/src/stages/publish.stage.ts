import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import type { Publication, PublishRequest, TableChange } from '@app/persistence';
import { DuckDbEngine, SpillDirectory } from '@app/transform';
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
import type { StageContext, StageOutcome } from './stage';
import { Targets } from './targets';
import { stagedTables } from './transformed-tables';

/** What a publication is made of, beside itself. */
type Evidence = Omit<PublicationEvidence, 'publication'>;

@Injectable()
export class PublishStage {
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

  /**
   * One transaction for all tables of all these units of a run. A dry run does the same and rolls it back.
   * @param at is told of each unit before its turn
   */
  async run(contexts: readonly [StageContext, ...StageContext[]], at: (context: StageContext) => void): Promise<StageOutcome> {
    const [{ run, definition, signal, progress }] = contexts;
    await this.backup.take(run, contexts[0]);
    await this.manifests.check();
    const publisher = await this.targets.open(definition);
    const evidences: Evidence[] = [];
    const publications = await publisher.publishAll(this.requests(contexts, evidences, at), { dryRun: run.dryRun, signal, progress });
    run.tables = [...settledTables(run), ...publications.flatMap(({ tables }) => tables)];
    await this.runs.update(run.id, { tables: run.tables });
    for (const [index, context] of contexts.entries()) {
      const [evidence, publication] = [evidences[index], publications[index]];
      if (evidence && publication) await this.settle(context, evidence, publication);
    }
    return { rows: publications.flatMap(({ tables }) => tables).reduce((sum, table) => sum + writtenRows(table), 0), bytes: 0 };
  }

  private async settle(context: StageContext, evidence: Evidence, publication: Publication): Promise<void> {
    const { run, staging } = context;
    if (!run.dryRun) await this.manifests.record(run, { ...evidence, publication });
    await (await staging.open(this.name)).seal({ publication });
    await this.after.tidy(context, publication);
  }

  /** The rows of a unit are at hand only while it is its turn. */
  private async *requests(
    contexts: readonly StageContext[],
    evidences: Evidence[],
    at: (context: StageContext) => void,
  ): AsyncGenerator<PublishRequest> {
    for (const context of contexts) {
      at(context);
      yield* this.request(context, (evidence) => evidences.push(evidence));
    }
  }

  private async *request(context: StageContext, keep: (evidence: Evidence) => void): AsyncGenerator<PublishRequest> {
    const { definition, unit, staging, signal } = context;
    const spill = await SpillDirectory.create(this.config.spillRoot);
    const workDir = spill.path;
    try {
      const tables = await stagedTables(staging, this.engine, workDir, signal);
      const { parts, attributes: extracted } = await staging.sealed('extract');
      const { loaded, hashes } = (await staging.sealed('load')).attributes as unknown as LoadAttributes;
      const locks = locksOf(this.connectors.tablesOf(definition));
      const request = publishRequest(context, tables, extracted as unknown as ExtractAttributes, locks);
      const keys = await sourceKeys(staging, this.engine, tables, workDir, signal);
      keep({ unit, parts, tables, hashes });
      yield { ...request, loaded, contentHashes: hashes.tables, sourceKeys: keys };
    } finally {
      await spill.remove();
    }
  }
}

const writtenRows = ({ inserted, updated = 0, deleted }: TableChange): number => inserted + updated + deleted;
