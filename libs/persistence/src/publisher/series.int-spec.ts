import { stage, TestWarehouse } from '../../test/test-warehouse';
import type { PublicationSeries } from '../index';

describe('publication series (postgres)', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await TestWarehouse.create();
  });
  afterAll(() => test.drop());
  beforeEach(() => test.pool.query('drop table if exists visit'));

  const publish = (series: PublicationSeries, options: { dryRun?: boolean; runId?: string } = {}) =>
    test.publish([stage('visit', { id: 'integer' }, [{ id: 1 }])], { strategy: { kind: 'append' }, series, ...options });
  const count = async () => (await test.rows('select count(*)::int as n from visit'))[0]?.['n'] as number;

  it('refuses what is older than what was published last, before load and within the publication', async () => {
    await publish({ name: 'drops', position: '2024-01-02 b' });
    const older = publish({ name: 'drops', position: '2024-01-02 a' });
    await expect(older).rejects.toMatchObject({ code: 'superseded', retryable: false });
    const request = { runId: 'late', schema: 'public', tables: [stage('visit', { id: 'integer' }, [{ id: 1 }])] };
    const late = { ...request, strategy: { kind: 'append' }, series: { name: 'drops', position: '2024-01-01' } } as const;
    const options = { loaded: [], locks: [], allowShrink: false, dryRun: false };
    const control = { signal: new AbortController().signal, progress: () => undefined };
    await expect(test.publisher.publish({ ...late, ...options }, control)).rejects.toMatchObject({ code: 'superseded' });
    expect(await count()).toBe(1);
    await publish({ name: 'drops', position: '2024-01-02 b' });
    await publish({ name: 'drops', position: '2024-01-10' });
    await publish({ name: 'others', position: '2023' });
    expect(await count()).toBe(4);
  });

  it('compares positions byte by byte, and lets a replay pass without going back', async () => {
    await publish({ name: 'bytes', position: 'b' });
    await publish({ name: 'bytes', position: 'é' });
    await expect(publish({ name: 'bytes', position: 'z' })).rejects.toMatchObject({ code: 'superseded' });
    await publish({ name: 'bytes', position: 'B', allowOlder: true });
    await expect(publish({ name: 'bytes', position: 'z' })).rejects.toMatchObject({ code: 'superseded' });
    await publish({ name: 'bytes', position: null });
    await expect(publish({ name: 'bytes', position: 'z' })).rejects.toMatchObject({ code: 'superseded' });
  });

  it('remembers the last watermark that was stated and committed', async () => {
    expect(await test.publisher.watermark('runs')).toBeNull();
    await publish({ name: 'runs', position: null, watermark: { at: '9007199254740993' } });
    await publish({ name: 'runs', position: null });
    await publish({ name: 'runs', position: null, watermark: null });
    await publish({ name: 'runs', position: null, watermark: { at: 'never' } }, { dryRun: true });
    expect(await test.publisher.watermark('runs')).toEqual({ at: '9007199254740993' });
    expect(await test.publisher.watermark('other')).toBeNull();
  });

  it('refuses rows that were read from another watermark than the one that stands', async () => {
    const to = (value: number) => ({ column: 'id', value });
    await publish({ name: 'notes', position: null, since: null, watermark: to(1) });
    await publish({ name: 'notes', position: null, since: to(1), watermark: to(2) });
    for (const since of [null, to(1)]) {
      await expect(publish({ name: 'notes', position: null, since, watermark: to(3) })).rejects.toMatchObject({ code: 'superseded' });
    }
    await publish({ name: 'notes', position: null, since: null, allowOlder: true });
    expect(await test.publisher.watermark('notes')).toEqual(to(2));
    expect(await count()).toBe(3);
  });

  it('adds what it needs to the ledger of an earlier program, once when several start together', async () => {
    await publish({ name: 'runs', position: null });
    await test.pool.query(
      'drop table tributary.published_series; alter table tributary.publication drop column series, drop column position',
    );
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => publish({ name, position: '1', watermark: name })));
    expect(await test.rows('select name, position, watermark from tributary.published_series order by name')).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => ({ name, position: '1', watermark: name })),
    );
    expect(await count()).toBe(5);
  });

  it('publishes the newest of several that come at once last, or alone', async () => {
    const outcomes = await Promise.allSettled(['1', '2', '3'].map((position) => publish({ name: 'race', position })));
    expect(outcomes[2]?.status).toBe('fulfilled');
    expect(await test.rows(`select position from tributary.published_series where name = 'race'`)).toEqual([{ position: '3' }]);
  });
});
