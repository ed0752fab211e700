import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import { idempotencyConfig } from '@app/jobs';
import { AppError } from '@app/platform';
import { Repository } from 'typeorm';
import { RunEntity } from './run.entity';

export class IdempotencyConflictError extends AppError {
  readonly code = 'idempotency-conflict';
  constructor() {
    super('This Idempotency-Key was used for another request; send a new key.');
  }
}

/** What of a run has to be the same for a request to be the same. A stored pipeline may have got a new version since. */
export type AskedRun = Pick<RunEntity, 'parameters' | 'full' | 'dryRun' | 'stages' | 'document' | 'idempotencyKey'>;

/** The keys under which callers ask for runs again. They lie with the runs, so that losing Redis loses none. */
@Injectable()
export class RunKeys {
  constructor(
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
    @Inject(idempotencyConfig.KEY) private readonly config: ConfigType<typeof idempotencyConfig>,
  ) {}

  /** The key as runs carry it; null when no call is like another. */
  scoped(scope: string, key: string | undefined): string | null {
    return key === undefined || !this.config.enabled ? null : `${scope}:${key}`;
  }

  /**
   * The run that was started under the key of this one, unless that is longer ago than keys are kept; the key is free then.
   * @throws {IdempotencyConflictError} when it was another request
   */
  async earlier(run: AskedRun): Promise<RunEntity | null> {
    if (run.idempotencyKey === null) return null;
    await this.runs
      .createQueryBuilder()
      .update()
      .set({ idempotencyKey: null })
      .where(`idempotency_key = :key and created_at < now() - :ttlMs * interval '1 ms'`, {
        key: run.idempotencyKey,
        ttlMs: this.config.ttlMs,
      })
      .execute();
    const first = await this.runs.findOneBy({ idempotencyKey: run.idempotencyKey });
    if (first && !isDeepStrictEqual(contentOf(first), contentOf(run))) throw new IdempotencyConflictError();
    return first;
  }
}

const contentOf = ({ parameters, full, dryRun, stages, document }: AskedRun) => ({ parameters, full, dryRun, stages, document });
