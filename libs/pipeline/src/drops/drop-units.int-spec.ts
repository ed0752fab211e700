import type { Unit } from '@app/ingestion';
import { LoadFailedError, WarehouseUnavailableError } from '@app/persistence';
import type { StagedPart } from '@app/platform';
import { DropDesk, type RunOptions } from '../../test/drop-desk';
import type { RunEntity } from '../runs/run.entity';
import type { UnitOutcome } from '../runs/unit-hooks';
import { ALREADY_RUNNING } from './drop-units';

const never = (): Promise<boolean> => Promise.resolve(false);
const PARTS = [
  { watermark: { drop: { sha256: 'ab'.repeat(32), members: [{ name: 'trees.csv', rows: 2, bytes: 9, sha256: 'cd'.repeat(32) }] } } },
];
const PUBLISHED: UnitOutcome = {
  kind: 'published',
  tables: [{ table: 'tree', inserted: 2, deleted: 1, unchanged: 0, rows: 2 }],
  parts: PARTS as unknown as StagedPart[],
};
const REFUSED: UnitOutcome = {
  kind: 'rejected',
  error: new LoadFailedError('Table "pick" could not be written at line 3, column "kilos".', { table: 'pick', sqlstate: '22P02' }),
  parts: [],
};

describe('DropUnits (postgres, folder)', () => {
  let desk: DropDesk;
  beforeAll(async () => {
    desk = await DropDesk.open();
  });
  afterAll(() => desk.close());
  beforeEach(() => desk.clear());

  const names = (units: readonly Unit[]): string[] => units.map(({ name }) => name.slice(name.lastIndexOf('/') + 1));

  /** A whole run, each unit ending as told. */
  async function work(
    units: readonly Unit[],
    outcome: UnitOutcome,
    config = {},
    options: RunOptions = {},
  ): Promise<{ run: RunEntity; chosen: string[] }> {
    const definition = desk.definition(config);
    const run = await desk.run(options);
    const chosen = await desk.units.select(run, definition, units, never);
    for (const unit of chosen) {
      await desk.units.began(run, unit);
      if ((await desk.units.ended(run, definition, unit, outcome)) === 'stop') break;
    }
    await desk.end(run);
    return { run, chosen: names(chosen) };
  }

  it('marks a loaded drop by a good copy that says whose it is, and never takes it again', async () => {
    const drop = await desk.put('d1.tgz', '09:00');
    const { run } = await work([drop], PUBLISHED);
    const copy = await desk.store.stat('processed/good/client/orchard/d1.tgz');
    expect(copy?.metadata).toEqual({
      outcome: 'good',
      run_id: run.id,
      source_etag: (drop.token as { etag: string }).etag,
      sha256: 'ab'.repeat(32),
    });
    expect(await desk.attempts(run)).toMatchObject([
      { outcome: 'loaded', tables: [{ table: 'orchard.tree', loaded: true }], copiedTo: 'processed/good/client/orchard/d1.tgz' },
    ]);
    expect(await desk.holds('client/orchard/d1.tgz')).toBe(true);
    expect((await work([drop], PUBLISHED)).chosen).toEqual([]);
  });

  it('takes the same key with other content as another drop, and the same content uploaded anew as the same', async () => {
    await work([await desk.put('d1.tgz', '09:00')], PUBLISHED);
    expect((await work([await desk.put('d1.tgz', '09:30')], PUBLISHED)).chosen).toEqual([]);
    // The good copy is newer than this upload says it is, but is one of other content.
    expect((await work([await desk.put('d1.tgz', '10:00', 'other')], PUBLISHED)).chosen).toEqual(['d1.tgz']);
  });

  it('takes the newest where each replaces the last, and gives up the older ones once it is loaded', async () => {
    const units = [await desk.put('a', '09:00'), await desk.put('b', '09:05'), await desk.put('c', '09:10')];
    const { run } = await work(units, PUBLISHED);
    expect(await desk.states()).toEqual({ a: 'SUPERSEDED', b: 'SUPERSEDED', c: 'MARKED' });
    expect((await desk.attempts(run)).map(({ outcome }) => outcome).sort()).toEqual(['loaded', 'superseded', 'superseded']);
    expect((await work(units, PUBLISHED)).chosen).toEqual([]);
    expect((await work([await desk.put('late', '09:07')], PUBLISHED)).chosen).toEqual([]);
    expect(await desk.states()).toMatchObject({ late: 'SUPERSEDED' });
    expect(await desk.holds('processed/good/client/orchard/late')).toBe(false);
  });

  it('takes all in their order where they are appended, or as many of the oldest as allowed, without regard to age', async () => {
    const units = [await desk.put('c', '09:00'), await desk.put('a', '09:05'), await desk.put('b', '09:10')];
    expect((await work(units, PUBLISHED, { truncate: false, file_limit: 2 })).chosen).toEqual(['c', 'a']);
    const run = await desk.run();
    const rest = await desk.units.select(run, desk.definition({ truncate: false }), [await desk.put('early', '08:00'), ...units], never);
    expect(rest.map(({ position }) => position)).toEqual([null, null]);
    expect(names(rest)).toEqual(['early', 'b']);
  });

  it('marks a refused drop by a bad copy with the reason, stops there, and does not take it again', async () => {
    const units = [await desk.put('bad', '09:00'), await desk.put('next', '09:05')];
    const { run } = await work(units, REFUSED, { truncate: false });
    expect(await desk.attempts(run)).toMatchObject([
      { outcome: 'rejected', finding: 'LOAD_REJECTED', tables: [{ table: 'orchard.pick', loaded: false }] },
      { outcome: 'waiting' },
    ]);
    expect((await desk.store.stat('processed/bad/client/orchard/bad'))?.metadata).toMatchObject({
      outcome: 'bad',
      reason: 'LOAD_REJECTED: Table "pick" could not be written at line 3, column "kilos".',
    });
    expect((await work(units, PUBLISHED, { truncate: false })).chosen).toEqual(['next']);
  });

  it('goes on after a refused drop when it is told to', async () => {
    const units = [await desk.put('bad', '09:00'), await desk.put('next', '09:05')];
    const { run } = await work(units, REFUSED, { truncate: false, on_bad: 'continue' });
    expect((await desk.attempts(run)).map(({ outcome }) => outcome)).toEqual(['rejected', 'rejected']);
  });

  it('keeps a drop open when the surroundings failed', async () => {
    const drop = await desk.put('d1', '09:00');
    const { run } = await work([drop], { kind: 'interrupted', error: new WarehouseUnavailableError('08006') });
    expect(await desk.attempts(run)).toMatchObject([{ outcome: 'interrupted', finding: null, copiedTo: null }]);
    expect(await desk.holds('processed')).toBe(false);
    expect((await work([drop], PUBLISHED)).chosen).toEqual(['d1']);
  });

  it('writes only the copy when a run was killed after it had loaded the drop', async () => {
    const [older, drop] = [await desk.put('a', '09:00'), await desk.put('b', '09:05')];
    const killed = await desk.run();
    const [unit] = await desk.units.select(killed, desk.definition(), [older, drop], never);
    await desk.units.began(killed, unit ?? drop);
    await desk.end(killed);
    const next = await desk.run();
    const isPublished = ({ id }: Unit): Promise<boolean> => Promise.resolve(id === unit?.id);
    expect(await desk.units.select(next, desk.definition(), [older, drop], isPublished)).toEqual([]);
    expect(await desk.holds('processed/good/client/orchard/b')).toBe(true);
    expect(await desk.states()).toEqual({ a: 'SUPERSEDED', b: 'MARKED' });
    expect((await desk.attempts(next)).map(({ outcome }) => outcome)).toEqual(['loaded', 'superseded']);
  });

  it('fails when the copy cannot be written, and writes it in the next run', async () => {
    const drop = await desk.put('d1', '09:00');
    await desk.store.put('processed/good', Buffer.from('a file where a folder belongs'));
    await expect(work([drop], PUBLISHED)).rejects.toMatchObject({ code: 'object-store-unavailable' });
    expect(await desk.states()).toEqual({ d1: 'LOADED' });
    await desk.store.delete('processed/good');
    await desk.database.pool.query(`update tributary.task set status = 'failed'`);
    expect((await work([drop], PUBLISHED)).chosen).toEqual([]);
    expect(await desk.states()).toEqual({ d1: 'MARKED' });
  });

  it('trusts copies from before there was a ledger when they are newer than the drop', async () => {
    const [good, bad, renewed] = [await desk.put('g', '09:00'), await desk.put('b', '09:05'), await desk.put('r', '09:10')];
    await desk.store.copy(good.name, `processed/good/${good.name}`);
    await desk.store.copy(bad.name, `processed/bad/${bad.name}`);
    await desk.store.copy(renewed.name, `processed/good/${renewed.name}`);
    const future = { ...renewed, token: { ...(renewed.token as object), lastModified: '2999-01-01T00:00:00.000Z' } };
    expect((await work([good, bad, future], PUBLISHED, { truncate: false })).chosen).toEqual(['r']);
    expect(await desk.states()).toMatchObject({ g: 'MARKED', b: 'REJECTED' });
  });

  it('takes up a named drop again, whatever became of it and however old it is', async () => {
    const units = [await desk.put('a', '09:00'), await desk.put('b', '09:05')];
    await work(units, PUBLISHED);
    const run = await desk.run({ replay: 'client/orchard/a' });
    const [unit] = await desk.units.select(run, desk.definition(), units, never);
    expect(unit).toMatchObject({ name: 'client/orchard/a', position: null });
    expect(unit?.id).not.toBe(units[0]?.id);
    await desk.end(run);
    await expect(work(units, PUBLISHED, {}, { replay: 'client/orchard/z' })).rejects.toMatchObject({ code: 'drop-not-found' });
  });

  it('lets one run at a time work on a definition, and tells the other', async () => {
    const drop = await desk.put('d1', '09:00');
    const [first, second] = [await desk.run(), await desk.run()];
    expect(await desk.units.select(first, desk.definition(), [drop], never)).toHaveLength(1);
    expect(await desk.units.select(second, desk.definition(), [drop], never)).toEqual([]);
    const { rows } = await desk.database.pool.query('select report from tributary.run where id = $1', [second.id]);
    expect(rows).toEqual([{ report: { note: ALREADY_RUNNING } }]);
    await desk.end(first);
    expect(await desk.units.select(second, desk.definition(), [drop], never)).toHaveLength(1);
  });

  it('notes what a dry run found, and changes nothing else', async () => {
    const drop = await desk.put('d1', '09:00');
    const { run } = await work([drop], REFUSED, {}, { dryRun: true });
    expect(await desk.attempts(run)).toMatchObject([{ outcome: 'rejected', copiedTo: null }]);
    expect([await desk.states(), await desk.holds('processed')]).toEqual([{ d1: 'DISCOVERED' }, false]);
  });
});
