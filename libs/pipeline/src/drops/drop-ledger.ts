import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Unit } from '@app/ingestion';
import { Repository } from 'typeorm';
import { dropOf, type DropToken } from './drop-identity';
import { DropAttemptEntity, DropObjectEntity, type DropState } from './drop.entity';

/** A unit with what the ledger knows of it. */
export interface SeenDrop {
  readonly unit: Unit;
  readonly token: DropToken;
  readonly record: DropObjectEntity;
}

type AttemptEnd = Pick<DropAttemptEntity, 'outcome'> &
  Partial<Pick<DropAttemptEntity, 'finding' | 'reason' | 'members' | 'tables' | 'copiedTo'>>;

/** The drops that were seen, and what runs did with them. */
@Injectable()
export class DropLedger {
  constructor(
    @InjectRepository(DropObjectEntity) private readonly drops: Repository<DropObjectEntity>,
    @InjectRepository(DropAttemptEntity) private readonly attempts: Repository<DropAttemptEntity>,
  ) {}

  /** Records units that are new, and answers all of them with their records, in their order. */
  async see(configId: string, units: readonly Unit[]): Promise<SeenDrop[]> {
    const tokens = units.map(dropOf);
    const columns = [
      tokens.map(({ bucket }) => bucket),
      tokens.map(({ key }) => key),
      tokens.map(({ etag }) => etag),
      tokens.map(({ sizeBytes }) => sizeBytes),
      tokens.map(({ lastModified }) => lastModified.toISOString()),
    ];
    // The same content that was uploaded anew is the same drop, however new it looks.
    await this.drops.query(
      `insert into tributary.drop_object (config_id, bucket, key, etag, size_bytes, last_modified, state)
       select $1, found.*, 'DISCOVERED' from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[]) found
       on conflict (config_id, bucket, key, etag) do nothing`,
      [configId, ...columns],
    );
    const records = await this.drops
      .createQueryBuilder('d')
      .where('d.config_id = :configId and (d.bucket, d.key, d.etag) in (select * from unnest(:b::text[], :k::text[], :e::text[]))', {
        configId,
        b: columns[0],
        k: columns[1],
        e: columns[2],
      })
      .getMany();
    const byIdentity = new Map(records.map((record) => [identityOf(record), record]));
    return units.flatMap((unit, index) => {
      const token = tokens[index];
      const record = token && byIdentity.get(identityOf(token));
      return token && record ? [{ unit, token, record }] : [];
    });
  }

  /** @throws when the unit was never seen */
  find(configId: string, { bucket, key, etag }: DropToken): Promise<DropObjectEntity> {
    return this.drops.findOneByOrFail({ configId, bucket, key, etag });
  }

  /** Of the newest drop that is loaded; null before the first. */
  newestLoaded(configId: string): Promise<DropObjectEntity | null> {
    return this.drops
      .createQueryBuilder('d')
      .where(`d.config_id = :configId and d.state in ('LOADED', 'MARKED')`, { configId })
      .orderBy('d.last_modified', 'DESC')
      .addOrderBy('d.key collate "C"', 'DESC')
      .limit(1)
      .getOne();
  }

  /** What a run has set out to work on. What it did in an earlier attempt stays recorded. */
  async plan(runId: string, drops: readonly DropObjectEntity[]): Promise<void> {
    if (drops.length === 0) return;
    await this.attempts
      .createQueryBuilder()
      .insert()
      .values(drops.map(({ id }, ordinal) => ({ runId, dropId: id, ordinal, outcome: 'waiting' as const })))
      .orIgnore()
      .execute();
  }

  /** Marks the drop as worked on; a dry run only notes it for itself. */
  async begin(runId: string, drop: DropObjectEntity, unitId: string, dryRun: boolean): Promise<void> {
    await this.attempts.update({ runId, dropId: drop.id }, { outcome: 'working', beganAt: new Date(), endedAt: null });
    if (dryRun) return;
    await this.drops.update(drop.id, { state: 'CLAIMED', runId, unitId, attempt: drop.attempt + 1, changedAt: new Date() });
  }

  async setState(drop: DropObjectEntity, state: DropState, known: Partial<Pick<DropObjectEntity, 'sha256' | 'runId'>> = {}): Promise<void> {
    await this.drops.update(drop.id, { state, ...known, changedAt: new Date() });
  }

  async endAttempt(runId: string, drop: DropObjectEntity, end: AttemptEnd): Promise<void> {
    await this.attempts.update({ runId, dropId: drop.id }, { ...end, endedAt: new Date() });
  }

  async noteCopy(runId: string, drop: DropObjectEntity, copiedTo: string): Promise<void> {
    await this.attempts.update({ runId, dropId: drop.id }, { copiedTo });
  }

  /** Gives up the drops that are older than one that is loaded now, and notes it with the run. */
  async supersede(runId: string, drops: readonly DropObjectEntity[]): Promise<void> {
    await this.plan(runId, drops);
    for (const drop of drops) {
      await this.setState(drop, 'SUPERSEDED', { runId });
      await this.endAttempt(runId, drop, { outcome: 'superseded', reason: 'A newer drop is loaded.' });
    }
  }

  /** Those not dealt with that are older than the given one. */
  olderOpen({ configId, lastModified, key }: DropObjectEntity): Promise<DropObjectEntity[]> {
    return this.drops
      .createQueryBuilder('d')
      .where(`d.config_id = :configId and d.state in ('DISCOVERED', 'CLAIMED')`, { configId })
      .andWhere(`(d.last_modified, d.key collate "C") < (:lastModified, :key)`, { lastModified, key })
      .orderBy('d.last_modified')
      .addOrderBy('d.key collate "C"')
      .getMany();
  }
}

const identityOf = ({ bucket, key, etag }: Pick<DropObjectEntity, 'bucket' | 'key' | 'etag'>): string =>
  JSON.stringify([bucket, key, etag]);
