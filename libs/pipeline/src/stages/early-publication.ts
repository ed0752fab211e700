import { join } from 'node:path';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { PublishRequest } from '@app/persistence';
import { loggable, type LocalPart, type StagedPart, type Watermark } from '@app/platform';
import { SpillDirectory, streamedTables, type Plan, type Transform } from '@app/transform';
import { RunManifests } from '../manifest/run-manifests';
import { locksOf } from '../runs/run-pipeline.task';
import { ArrivingTable } from './arriving-table';
import { BackupBeforePublish } from './backup-before-publish';
import { Connectors } from './connectors';
import { engineConfig } from './engine.config';
import type { ExtractAttributes } from './extract.stage';
import { publishRequest } from './load-request';
import type { PartFeed } from './part-feed';
import type { StageContext } from './stage';
import { streamsOf } from './streams';
import { Targets } from './targets';

/** A smaller extract is loaded as quickly when it is sealed. */
const LEAST_PARTS = 2;
/** A transaction that stays open longer keeps others waiting, and the database from clearing up; so slow a source gains little anyway. */
const LONGEST_MS = 600_000;

/** What makes tables of an extract, and the parts by which it begins. */
interface Followed {
  readonly transform: Transform;
  readonly config: unknown;
  readonly first: readonly StagedPart[];
}

/**
 * Publishes a unit while it is extracted, where its rows go to their tables as they are: the transaction is open all the while,
 * each part is copied when it is staged, and the commit waits for the seal. Source and target then work at the same time.
 *
 * It is only a head start. Whatever stands against it, it is given up and rolled back without a trace; the stages that follow
 * find the publication made, as they do after a kill, or make it themselves.
 */
@Injectable()
export class EarlyPublication {
  private readonly logger = new Logger(EarlyPublication.name);

  constructor(
    private readonly connectors: Connectors,
    private readonly targets: Targets,
    private readonly backup: BackupBeforePublish,
    private readonly manifests: RunManifests,
    @Inject(engineConfig.KEY) private readonly config: ConfigType<typeof engineConfig>,
  ) {}

  /** Ends with the extract, and never fails: the signal is aborted when the extract does. @param since where the extract begins */
  async follow(context: StageContext, feed: PartFeed, since: Watermark | null): Promise<void> {
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(LONGEST_MS)]);
    try {
      if (this.isPossible(context)) await this.begin({ ...context, signal }, feed, since);
    } catch (error) {
      this.logger.debug(loggable(error), 'not published while it was extracted');
    }
  }

  /** Whether nothing is to happen to the rows between extract and publication but the copy. */
  isPossible({ run, definition }: StageContext): boolean {
    const { target, validate, schemaValidation, load } = definition;
    if (target.kind !== 'postgres' || load.atomic === true) return false;
    const isWhole = run.stages === null && !run.dryRun && !this.backup.isDue(run);
    const isUnchecked = validate === undefined && schemaValidation === undefined && load.proof === 'rows';
    return isWhole && isUnchecked && this.connectors.mayExpect(definition);
  }

  /** Once there is something to follow. */
  private async begin(context: StageContext, feed: PartFeed, since: Watermark | null): Promise<void> {
    const { transform, config } = await this.connectors.openTransform(context.definition);
    const first = await feed.first(LEAST_PARTS, context.signal);
    if (first.length < LEAST_PARTS) return;
    const spill = await SpillDirectory.create(this.config.spillRoot);
    try {
      await this.publish(context, { transform, config, first }, feed, since, spill.path);
    } finally {
      await spill.remove();
    }
  }

  private async publish(
    context: StageContext,
    { transform, config, first }: Followed,
    feed: PartFeed,
    since: Watermark | null,
    workDir: string,
  ): Promise<void> {
    const { definition, staging, signal } = context;
    const local = (parts: readonly StagedPart[]): Promise<LocalPart[]> => staging.materialise(parts, join(workDir, 'parts'), signal);
    const input = async (parts: readonly StagedPart[]) => {
      return { streams: streamsOf(await local(parts)), workDir, signal, table: definition.target.table ?? null };
    };
    const expected = await transform.expect?.(config, await input(first));
    const tables = expected ? arrivingTables(expected, feed, local) : null;
    if (tables === null) return;
    const request: PublishRequest = {
      ...publishRequest(context, tables, { watermark: null, since }, locksOf(this.connectors.tablesOf(definition))),
      complete: async () => {
        const { parts, attributes } = await feed.sealed(signal);
        assertSame(tables, await transform.compile(config, await input(parts)));
        return (attributes as unknown as ExtractAttributes).watermark satisfies Watermark | null;
      },
    };
    const publisher = await this.targets.open(definition);
    if (!(await publisher.isDirect?.(request))) return;
    await this.manifests.check();
    await publisher.publish(request, { signal, progress: () => undefined });
    this.logger.log({ tables: tables.length }, 'published while it was extracted');
  }
}

/** Null unless every table of the plan can be copied part by part. */
function arrivingTables(plan: Plan, feed: PartFeed, local: (parts: readonly StagedPart[]) => Promise<LocalPart[]>): ArrivingTable[] | null {
  async function* parts(stream: string, signal: AbortSignal): AsyncGenerator<LocalPart> {
    for await (const part of feed.of(stream, signal)) yield* await local([part]);
  }
  const streamed = streamedTables(plan) ?? [];
  const tables = streamed.flatMap((expected) => ArrivingTable.of(expected, parts) ?? []);
  return tables.length > 0 && tables.length === streamed.length ? tables : null;
}

/** What was copied is what the sealed extract asks for: the same tables, of the same parts, by the same recipe. */
function assertSame(tables: readonly ArrivingTable[], plan: Plan): void {
  const fingerprints = new Map(streamedTables(plan)?.map(({ table, fingerprint }) => [table.name, fingerprint]));
  const isSame =
    fingerprints.size === tables.length && tables.every(({ table, fingerprint }) => fingerprints.get(table.name) === fingerprint);
  if (!isSame) throw new Error('The extract turned out to be another than its first parts said.');
}
