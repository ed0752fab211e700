import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { TaskControl, TaskPayload } from '@app/jobs';
import type { TargetPublisher } from '@app/persistence';
import { Repository } from 'typeorm';
import type { PipelineDefinition } from '../definitions/definition';
import { DefinitionNotFoundError } from '../definitions/definition.errors';
import { DefinitionService } from '../definitions/definition.service';
import { locksOf } from '../runs/run-pipeline.task';
import { RunEntity } from '../runs/run.entity';
import { tableRequest } from '../stages/load-request';
import { Targets } from '../stages/targets';
import { TableReferences } from '../uploads/table-references';
import { QuarantineNotWaitingError } from './quarantine.errors';
import { QuarantineRows, type QuarantineView } from './quarantine-rows';
import { recheckRows } from './recheck-rows';
import type { replayQuarantineTask } from './replay-quarantine.task';
import { stagedRows } from './staged-rows';
import { appendingStrategy } from './appending-strategy';

/** Rows that one replay takes at once, since it holds them in memory; what is left waits for another. */
export const REPLAY_ROWS_LIMIT = 20_000;

export interface ReplayOutcome {
  readonly replayed: number;
  readonly refused: number;
}

/** Takes quarantined rows through validation again and adds those that pass to their tables. */
@Injectable()
export class QuarantineReplay {
  constructor(
    private readonly rows: QuarantineRows,
    private readonly definitions: DefinitionService,
    private readonly targets: Targets,
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
  ) {}

  /**
   * By the newest version of the definition, in one transaction of the warehouse. A row is tied to the task's publication before
   * that, and the warehouse takes a publication once; so a replay that is repeated after a kill adds no row twice and loses none.
   */
  async run(
    payload: TaskPayload<typeof replayQuarantineTask>,
    { taskId, signal, progress }: Pick<TaskControl, 'taskId' | 'signal' | 'progress'>,
  ): Promise<ReplayOutcome> {
    const definition = await this.definitionOf(payload.definition);
    const publisher = await this.targets.open(definition);
    await this.settleEarlier(payload.definition, taskId, definition, publisher, signal);
    const known = await this.rows.claimed(taskId);
    const refused = known.length > 0 ? 0 : await this.claim(payload, taskId, definition, publisher);
    const claimed = await this.rows.claimed(taskId);
    if (claimed.length > 0) {
      const request = tableRequest(definition, taskId, stagedRows(claimed));
      const strategies = Object.entries(request.strategies ?? {}).map(([table, own]) => [table, appendingStrategy(own)] as const);
      const appending = { ...request, strategies: Object.fromEntries(strategies) };
      const loaded = await publisher.load(appending, { signal, progress });
      await publisher.publish({ ...appending, loaded, locks: locksOf(undefined), allowShrink: true, dryRun: false }, { signal, progress });
      await this.rows.replayed(taskId);
      await publisher.discard(taskId);
    }
    return { replayed: claimed.length, refused };
  }

  /**
   * Finds out what became of replays that did not come to their end. An empty publication under the same id makes sure that
   * one that had not written never will, even if its worker was only paused.
   */
  private async settleEarlier(
    name: string,
    taskId: string,
    { target }: PipelineDefinition,
    publisher: TargetPublisher,
    signal: AbortSignal,
  ): Promise<void> {
    for (const claim of await this.rows.openClaims(name, taskId)) {
      const request = { runId: claim, schema: target.schema, tables: [], loaded: [], locks: [], allowShrink: true, dryRun: false };
      const { tables } = await publisher.publish(request, { signal, progress: () => undefined });
      if (tables.length > 0) await this.rows.replayed(claim);
      else await this.rows.release(claim);
    }
  }

  /** Checks the rows and claims those that pass. Returns how many did not. */
  private async claim(
    { definition: name, table, id }: TaskPayload<typeof replayQuarantineTask>,
    taskId: string,
    definition: PipelineDefinition,
    publisher: TargetPublisher,
  ): Promise<number> {
    const filter = { definition: name, ...(table !== undefined && { table }), ...(id !== undefined && { id }) };
    const waiting = await this.published(await this.rows.waiting(filter, REPLAY_ROWS_LIMIT), publisher);
    if (id !== undefined && waiting.length === 0) await this.explain(id);
    const target = new TableReferences(await this.targets.openWarehouse(definition), definition.target.schema);
    const { accepted, refused } = await recheckRows(waiting, definition, target);
    for (const { id: refusedId, finding, message } of refused) await this.rows.refuse(refusedId, finding.rule, message, finding.column);
    await this.rows.claim(taskId, accepted);
    return refused.length;
  }

  private async published(rows: readonly QuarantineView[], publisher: TargetPublisher): Promise<QuarantineView[]> {
    const known = new Map<string, boolean>();
    for (const { publication } of rows) if (!known.has(publication)) known.set(publication, await publisher.isPublished(publication));
    return rows.filter(({ publication }) => known.get(publication));
  }

  /** A row that was replayed meanwhile needs nothing. @throws {QuarantineNotWaitingError} */
  private async explain(id: string): Promise<void> {
    const state = (await this.rows.find(id))?.state;
    if (state === 'waiting') throw new QuarantineNotWaitingError(id, 'unpublished');
    if (state === 'superseded') throw new QuarantineNotWaitingError(id, state);
  }

  /** The newest version, or for a pipeline that came along with its request, what its last run did. */
  private async definitionOf(name: string): Promise<PipelineDefinition> {
    try {
      return (await this.definitions.get(name)).document;
    } catch (error) {
      const run = await this.runs.findOne({ where: { definitionName: name }, order: { seq: 'DESC' } });
      if (error instanceof DefinitionNotFoundError && run) return this.definitions.documentOf(run);
      throw error;
    }
  }
}
