import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type SelectQueryBuilder } from 'typeorm';
import { RunService, type StartedRun } from '../runs/run.service';
import { DropNotFoundError } from './drop.errors';
import { DropAttemptEntity, DropObjectEntity, type DropState } from './drop.entity';

export interface DropFilter {
  readonly definition?: string;
  readonly state?: DropState;
  /** Only drops that this run worked on or meant to, in its order, with what it did. */
  readonly run?: string;
  readonly limit: number;
  readonly offset: number;
}

/** A drop with what the last run did with it, or the one that was asked for. */
export interface DropView {
  readonly drop: DropObjectEntity;
  /** Null for one that no run has worked on. */
  readonly attempt: DropAttemptEntity | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Shows the ledger of drops, and starts replays. */
@Injectable()
export class DropService {
  constructor(
    @InjectRepository(DropObjectEntity) private readonly drops: Repository<DropObjectEntity>,
    private readonly runs: RunService,
  ) {}

  /** Newest first; those of one run in its order. */
  async list({ definition, state, run, limit, offset }: DropFilter): Promise<{ total: number; drops: DropView[] }> {
    if (run !== undefined && !UUID.test(run)) return { total: 0, drops: [] };
    const query = run === undefined ? this.latest().orderBy('d.seq', 'DESC') : this.ofRun(run).orderBy('a.ordinal').addOrderBy('d.seq');
    if (definition !== undefined) query.andWhere('d.config_id = :definition', { definition });
    if (state !== undefined) query.andWhere('d.state = :state', { state });
    const total = await query.getCount();
    return { total, drops: await views(query.limit(limit).offset(offset)) };
  }

  /** @throws {DropNotFoundError} */
  async get(id: string): Promise<DropView> {
    const [found] = UUID.test(id) ? await views(this.latest().andWhere('d.id = :id', { id })) : [];
    if (!found) throw new DropNotFoundError(id);
    return found;
  }

  /** Starts a run of its definition that takes up this one key again, whatever became of it. @throws {DropNotFoundError | DefinitionNotFoundError} */
  async replay(id: string, idempotencyKey?: string): Promise<StartedRun> {
    const { drop } = await this.get(id);
    return this.runs.start({ pipeline: drop.configId, parameters: { replay: drop.key }, trigger: 'api', idempotencyKey });
  }

  private latest(): SelectQueryBuilder<DropObjectEntity> {
    return this.drops
      .createQueryBuilder('d')
      .leftJoinAndMapOne('d.attemptOfRun', DropAttemptEntity, 'a', 'a.drop_id = d.id and a.run_id = d.run_id');
  }

  private ofRun(run: string): SelectQueryBuilder<DropObjectEntity> {
    return this.drops
      .createQueryBuilder('d')
      .innerJoinAndMapOne('d.attemptOfRun', DropAttemptEntity, 'a', 'a.drop_id = d.id and a.run_id = :run', { run });
  }
}

type Joined = DropObjectEntity & { readonly attemptOfRun?: DropAttemptEntity | null };

const views = async (query: SelectQueryBuilder<DropObjectEntity>): Promise<DropView[]> =>
  (await query.getMany()).map((drop: Joined) => ({ drop, attempt: drop.attemptOfRun ?? null }));
