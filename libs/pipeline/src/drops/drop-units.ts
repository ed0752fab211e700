import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Unit } from '@app/ingestion';
import type { TableChange } from '@app/persistence';
import { Repository } from 'typeorm';
import type { PipelineDefinition } from '../definitions/definition';
import { isDataFault } from '../runs/data-fault';
import { RunEntity } from '../runs/run.entity';
import type { IsPublished, UnitHooks, UnitOutcome } from '../runs/unit-hooks';
import { choose } from './drop-choice';
import { DropClaims } from './drop-claims';
import { contentOf } from './drop-content';
import { DropCopies } from './drop-copies';
import { dropOf } from './drop-identity';
import { DropLedger, type SeenDrop } from './drop-ledger';
import { reasonOf } from './drop-reason';
import { settingsOf, type DropSettings } from './drop-settings';
import { DropNotFoundError } from './drop.errors';
import type { DropObjectEntity, DropState, DropTable } from './drop.entity';

export const ALREADY_RUNNING = 'already running';
const HELD_BACK = 'It was not loaded, since the drops of a run are loaded together or not at all.';

const OPEN = new Set<DropState>(['DISCOVERED', 'CLAIMED']);

/** Keeps the ledger of drops, and marks each by a copy. */
@Injectable()
export class DropUnits implements UnitHooks {
  readonly sourceKind = 'drop';

  constructor(
    private readonly ledger: DropLedger,
    private readonly claims: DropClaims,
    private readonly copies: DropCopies,
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
  ) {}

  async select(run: RunEntity, definition: PipelineDefinition, units: readonly Unit[], isPublished: IsPublished): Promise<readonly Unit[]> {
    if (!run.dryRun && !(await this.claims.claim(run.definitionName, run.id))) {
      await this.runs.update(run.id, { report: { note: ALREADY_RUNNING } });
      return [];
    }
    const settings = settingsOf(definition);
    const seen = await this.ledger.see(run.definitionName, units);
    const open = await this.withoutSettled(run, settings, seen, isPublished);
    const { replay } = run.parameters;
    if (typeof replay === 'string') return this.replay(run, seen, replay);
    const { chosen, outdated } = choose(open, settings, await this.ledger.newestLoaded(run.definitionName));
    if (!run.dryRun)
      await this.ledger.supersede(
        run.id,
        outdated.map(({ record }) => record),
      );
    await this.ledger.plan(
      run.id,
      chosen.map(({ record }) => record),
    );
    return chosen.map(({ unit }) => ({
      ...unit,
      id: `${run.definitionName}:${unit.id}`, // another definition may load the same drop elsewhere
      position: settings.truncate ? unit.position : null,
    }));
  }

  async began(run: RunEntity, unit: Unit): Promise<void> {
    await this.ledger.begin(run.id, await this.ledger.find(run.definitionName, dropOf(unit)), unit.id, run.dryRun);
  }

  async ended(run: RunEntity, definition: PipelineDefinition, unit: Unit, outcome: UnitOutcome): Promise<'continue' | 'stop'> {
    const drop = await this.ledger.find(run.definitionName, dropOf(unit));
    switch (outcome.kind) {
      case 'published':
        await this.endLoaded(run, definition, drop, outcome);
        return 'continue';
      case 'superseded':
        await this.ledger.endAttempt(run.id, drop, { outcome: 'superseded', reason: 'A newer drop was loaded first.' });
        if (!run.dryRun) await this.ledger.setState(drop, 'SUPERSEDED');
        return 'continue';
      case 'rejected':
        await this.endRejected(run, definition, drop, outcome);
        return settingsOf(definition).on_bad;
      case 'interrupted':
        // Leaves no copy, and the drop open: it is not at fault.
        await this.ledger.endAttempt(run.id, drop, { outcome: 'interrupted', reason: reasonOf(outcome.error).text });
        return 'stop';
      case 'withdrawn':
        await this.ledger.endAttempt(run.id, drop, { outcome: 'waiting', reason: HELD_BACK });
        return 'stop';
    }
  }

  reasonOf(error: unknown): string {
    return reasonOf(error).text;
  }

  /** The drops that nobody has dealt with. What was dealt with before there was a ledger, or up to a kill, is recorded now. */
  private async withoutSettled(
    run: RunEntity,
    settings: DropSettings,
    seen: readonly SeenDrop[],
    isPublished: IsPublished,
  ): Promise<SeenDrop[]> {
    const untouched = seen.filter(({ record }) => record.state === 'DISCOVERED' && record.attempt === 0).map(({ record }) => record);
    const earlier = untouched.length > 0 ? await this.copies.earlier(settings, untouched) : new Map<DropObjectEntity, never>();
    const open: SeenDrop[] = [];
    for (const drop of seen) {
      const { record, unit } = drop;
      const kind = earlier.get(record);
      if (kind) {
        await this.ledger.setState(record, kind === 'good' ? 'MARKED' : 'REJECTED');
      } else if (
        record.state === 'LOADED' ||
        (record.unitId !== null && OPEN.has(record.state) && (await isPublished({ ...unit, id: record.unitId })))
      ) {
        if (!run.dryRun) await this.heal(run, settings, record);
      } else if (OPEN.has(record.state)) {
        open.push(drop);
      }
    }
    return open;
  }

  /** A run was killed after it had loaded the drop: only the copy is missing. */
  private async heal(run: RunEntity, settings: DropSettings, drop: DropObjectEntity): Promise<void> {
    await this.ledger.plan(run.id, [drop]);
    await this.ledger.endAttempt(run.id, drop, { outcome: 'loaded', reason: 'It was loaded before; the copy was missing.' });
    await this.markGood(run, settings, drop, drop.sha256);
  }

  /** Takes the drop up under another name, so that the target accepts it once more, however old it is. */
  private async replay(run: RunEntity, seen: readonly SeenDrop[], key: string): Promise<readonly Unit[]> {
    const drop = seen.find(({ token }) => token.key === key);
    if (!drop) throw new DropNotFoundError(`${key} in the definition’s folder`);
    await this.ledger.plan(run.id, [drop.record]);
    return [{ ...drop.unit, id: `replay-${run.id}`, position: null }];
  }

  private async endLoaded(
    run: RunEntity,
    definition: PipelineDefinition,
    drop: DropObjectEntity,
    { tables, parts }: Extract<UnitOutcome, { kind: 'published' }>,
  ): Promise<void> {
    const settings = settingsOf(definition);
    const { sha256, members } = contentOf(parts);
    if (!run.dryRun) await this.ledger.setState(drop, 'LOADED', { sha256 });
    await this.ledger.endAttempt(run.id, drop, { outcome: 'loaded', members, tables: loadedTables(definition, tables) });
    if (run.dryRun) return;
    if (settings.truncate) await this.ledger.supersede(run.id, await this.ledger.olderOpen(drop));
    await this.markGood(run, settings, drop, sha256);
  }

  private async markGood(run: RunEntity, settings: DropSettings, drop: DropObjectEntity, sha256: string | null): Promise<void> {
    const copiedTo = await this.copies.write(settings, 'good', drop, { runId: run.id, reason: null, sha256 });
    await this.ledger.noteCopy(run.id, drop, copiedTo);
    await this.ledger.setState(drop, 'MARKED');
  }

  private async endRejected(
    run: RunEntity,
    definition: PipelineDefinition,
    drop: DropObjectEntity,
    { error, parts }: Extract<UnitOutcome, { kind: 'rejected' }>,
  ): Promise<void> {
    const { finding, text } = reasonOf(error);
    const { sha256, members } = contentOf(parts);
    await this.ledger.endAttempt(run.id, drop, {
      outcome: 'rejected',
      finding,
      reason: text,
      members,
      tables: refusedTables(definition, error),
    });
    if (run.dryRun) return;
    const copiedTo = await this.copies.write(settingsOf(definition), 'bad', drop, { runId: run.id, reason: text, sha256 });
    await this.ledger.noteCopy(run.id, drop, copiedTo);
    await this.ledger.setState(drop, 'REJECTED', { sha256 });
  }
}

const loadedTables = ({ target }: PipelineDefinition, tables: readonly TableChange[]): DropTable[] =>
  tables.map(({ table, inserted, deleted }) => ({ table: `${target.schema}.${table}`, loaded: true, inserted, deleted }));

/** The table that a target named when it refused a row. */
const refusedTables = ({ target }: PipelineDefinition, error: unknown): DropTable[] => {
  const table = isDataFault(error) ? error.details.table : undefined;
  return typeof table === 'string' ? [{ table: `${target.schema}.${table}`, loaded: false, inserted: 0, deleted: 0 }] : [];
};
