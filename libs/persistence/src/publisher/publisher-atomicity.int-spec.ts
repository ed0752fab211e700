import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { StagedTable } from '@app/platform';
import { control, inTurn, stage, stageLines, TestWarehouse } from '../../test/test-warehouse';

const COLUMNS = { id: 'integer', note: 'string' } as const;
const LIST = [
  { name: 'id', type: 'integer' },
  { name: 'note', type: 'string' },
] as const;
const numbered = (count: number, note: string) => Array.from({ length: count }, (_, id) => ({ id, note }));
const refused = { code: 'load-failed', retryable: false };

describe('Publisher, all or nothing (postgres)', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await TestWarehouse.create();
    await test.pool.query('create table strict (id bigint not null check (id < 1000), note text)');
  });
  afterAll(() => test.drop());
  beforeEach(() => test.pool.query('drop table if exists visit, lab; truncate strict'));

  const visits = (count: number, note: string) => stage('visit', COLUMNS, numbered(count, note));
  const count = async (table: string) => (await test.rows<{ n: number }>(`select count(*)::int as n from ${table}`))[0]?.n;

  it.each([
    ['filled', `insert into strict values (1, 'old')`],
    ['empty', 'select'],
  ])('leaves the old state, all of it, when the last table, %s before, is refused (L7)', async (_state, sql) => {
    await test.publish([visits(3, 'old')]);
    await test.pool.query(sql);
    const before = await test.rows('select * from strict');
    const publishing = test.publish([
      visits(5, 'new'),
      stage('lab', COLUMNS, numbered(2, 'new')),
      stage('strict', COLUMNS, [{ id: 5000, note: 'Jane' }]),
    ]);
    await expect(publishing).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/^Table "strict" could not be written at .*constraint "strict_id_check"/),
    });
    expect(await test.rows(`select note, count(*)::int as n from visit group by note`)).toEqual([{ note: 'old', n: 3 }]);
    expect(await test.rows('select * from strict')).toEqual(before);
    expect(await test.rows(`select to_regclass('lab') as lab`)).toEqual([{ lab: null }]);
  });

  it('commits several publications together, and none of them when one is refused or only tried', async () => {
    const append = { strategy: { kind: 'append' } } as const;
    const publishAll = (requests: Awaited<ReturnType<TestWarehouse['load']>>[], dryRun = false) =>
      test.publisher.publishAll(inTurn(requests), { ...control(), dryRun });
    const requests = [await test.load([visits(2, 'a')], append), await test.load([visits(3, 'b')], append)];
    const bad = await test.load([visits(1, 'c'), stage('strict', COLUMNS, [{ id: 5000, note: 'Jane' }])], append);
    await expect(publishAll([...requests, bad])).rejects.toMatchObject(refused);
    expect(await publishAll(requests, true)).toMatchObject([{ tables: [{ inserted: 2 }] }, { tables: [{ inserted: 3 }] }]);
    expect(await test.rows(`select to_regclass('visit') as visit`)).toEqual([{ visit: null }]);
    await publishAll(requests);
    expect(await publishAll(requests)).toMatchObject([{ alreadyPublished: true }, { alreadyPublished: true }]);
    expect(await test.rows('select count(*)::int as rows, count(distinct xmin::text)::int as transactions from visit')).toEqual([{ rows: 5, transactions: 1 }]); // prettier-ignore
  });

  it('shows readers the old totals of all tables or the new ones, and never makes them wait', async () => {
    await test.publish([visits(100, 'old'), stage('lab', COLUMNS, numbered(100, 'old'))]);
    const stop = new AbortController();
    const seen = new Set<string>();
    const first = new AbortController();
    const reader = (async () => {
      while (!stop.signal.aborted) {
        const [row] = await test.rows<{ totals: string }>(
          `select (select count(*) || string_agg(distinct note, '+') from visit) || ' ' || (select count(*) || string_agg(distinct note, '+') from lab) as totals`,
        );
        seen.add(row!.totals);
        first.abort();
      }
    })();
    if (!first.signal.aborted) await once(first.signal, 'abort');
    await test.publish([visits(20_000, 'new'), stage('lab', COLUMNS, numbered(30_000, 'new'))]);
    const during = new Set(seen);
    stop.abort();
    await reader;
    expect([...during].every((totals) => totals === '100old 100old' || totals === '20000new 30000new')).toBe(true);
    expect(during).toContain('100old 100old');
    expect(await count('visit')).toBe(20_000);
  });

  it('lets readers in while the publication holds its locks', async () => {
    await test.publish([visits(3, 'old')]);
    const read: (number | undefined)[] = [];
    const peeking = stageLines('lab', LIST, ['1,x\n'], 1, async () => void read.push(await count('visit')));
    await test.publish([visits(9, 'new'), peeking]);
    expect(read).toEqual([3]);
    expect(await count('visit')).toBe(9);
  });

  it.each([
    ['staging', 5],
    ['an empty target', 0],
  ])('commits no part of what a failing producer sent to %s', async (_where, rowsBefore) => {
    await test.publish([visits(rowsBefore, 'old')]);
    const failing = stageLines('visit', LIST, ['1,new\n', '2,new\n'], 2, () => Promise.reject(new Error('engine stopped')));
    await expect(test.publish([failing])).rejects.toThrow('engine stopped');
    expect(await count(`visit where note = 'old'`)).toBe(rowsBefore);
    expect(await count('visit')).toBe(rowsBefore);
  });

  it('commits nothing when the producer turns out to have failed after its bytes ended well', async () => {
    const open = () => {
      const bytes = Readable.from([Buffer.from('1,new\n')]);
      const done = once(bytes, 'close').then(async () => {
        await test.pool.query('select');
        throw new Error('engine stopped');
      });
      return { bytes, done };
    };
    await expect(test.publish([{ ...visits(1, 'new'), open }])).rejects.toThrow('engine stopped');
    expect(await test.rows(`select to_regclass('visit') as visit`)).toEqual([{ visit: null }]);
  });

  it('commits nothing when the bytes break off', async () => {
    const open = () => ({ bytes: Readable.from(bytesThenError()), done: Promise.resolve() });
    const broken: StagedTable = { ...visits(2, 'new'), open };
    await expect(test.publish([broken])).rejects.toThrow('pipe broke');
    expect(await test.rows(`select to_regclass('visit') as visit`)).toEqual([{ visit: null }]);
  });

  it('commits nothing when fewer rows arrive than were sealed', async () => {
    const short = stageLines('visit', LIST, ['1,new\n'], 2, () => Promise.resolve());
    await expect(test.publish([short])).rejects.toMatchObject({ code: 'staging-corrupt' });
    expect(await test.rows(`select to_regclass('visit') as visit`)).toEqual([{ visit: null }]);
  });

  it.each([
    ['staging', 5],
    ['an empty target', 0],
  ])('names table, column and line of a bad value copied to %s, and never the value', async (_where, rowsBefore) => {
    await test.publish([visits(rowsBefore, 'old')]);
    const bad = stageLines('visit', LIST, ['1,a\n', '"Jane Doe, column note: ""x""",b\n'], 2, () => Promise.resolve());
    const error: unknown = await test.publish([bad]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ ...refused, details: { table: 'visit', column: 'id', line: 2, sqlstate: '22P02' } });
    expect(String(error)).toContain('Table "visit" could not be written at line 2, column "id"');
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/Jane/);
    expect((error as Error).cause).toBeUndefined();
  });

  it('ends with the reason of the signal when it is cancelled, and writes nothing', async () => {
    await test.publish([visits(3, 'old')]);
    const abort = new AbortController();
    const stuck: StagedTable = {
      ...visits(4, 'new'),
      open: (signal) => (
        abort.abort(new Error('cancelled by user')),
        { bytes: new Readable({ signal, read: () => undefined }), done: Promise.resolve() }
      ),
    };
    const request = { runId: 'cancelled', schema: 'public', tables: [stuck] };
    await expect(test.publisher.load(request, control(abort.signal))).rejects.toThrow('cancelled by user');
    expect(await count('visit')).toBe(3);
  });

  it('cancels a statement under way', async () => {
    const abort = new AbortController();
    const working = test.warehouse.transaction(
      (session) => {
        const sleeping = session.query('select pg_sleep(600)');
        abort.abort(new Error('cancelled by user'));
        return sleeping;
      },
      { signal: abort.signal },
    );
    await expect(working).rejects.toThrow('cancelled by user');
  });

  it('asks to be tried again when the server cuts the connection in the middle of a copy, and is right then', async () => {
    await test.publish([visits(3, 'old')]);
    const cut = async () => {
      await test.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
                              where datname = current_database() and query like 'copy %' and pid <> pg_backend_pid()`);
    };
    const staged = stageLines('visit', LIST, ['1,new\n'], 1, () => Promise.resolve());
    const cutting: StagedTable = { ...staged, open: () => ({ bytes: Readable.from(chunksAround(cut)), done: Promise.resolve() }) };
    await expect(test.publish([cutting])).rejects.toMatchObject({ code: 'warehouse-unavailable', retryable: true });
    expect(await count('visit')).toBe(3);
    expect((await test.publish([staged])).tables).toMatchObject([{ rows: 1 }]);
  });

  it('locks tables in the order of their names, whatever the order of the run', async () => {
    await test.publish([visits(3, 'old'), stage('lab', COLUMNS, numbered(3, 'old'))]);
    const other = await test.pool.connect();
    try {
      await other.query('begin; lock table lab in share row exclusive mode');
      const publishing = test.publish([visits(3, 'new'), stage('lab', COLUMNS, numbered(3, 'new'))]);
      while ((await test.rows(`select from pg_locks where relation = 'lab'::regclass and not granted`)).length === 0);
      await other.query('lock table visit in share row exclusive mode nowait');
      await other.query('commit');
      await publishing;
    } finally {
      other.release();
    }
    expect(await count(`visit where note = 'new'`)).toBe(3);
  });

  it('lets publishers of the same tables in opposite orders, and of the same run, go one after the other', async () => {
    const tables = (note: string) => [visits(50, note), stage('lab', COLUMNS, numbered(50, note))];
    const notes = ['a', 'b', 'c', 'd'];
    await Promise.all(notes.map((note, index) => test.publish(index % 2 === 0 ? tables(note) : tables(note).reverse(), { locks: [] })));
    const [row] = await test.rows<{ notes: string[] }>(
      `select array_agg(distinct note) as notes from (select note from visit union all select note from lab) both_tables`,
    );
    expect(row?.notes).toHaveLength(1);
    const twice = await Promise.all([1, 2].map(() => test.publish(tables('e'), { runId: 'same-run', locks: [] })));
    expect(twice.map(({ alreadyPublished }) => alreadyPublished).sort()).toEqual([false, true]);
  });
});

async function* bytesThenError(): AsyncGenerator<Buffer> {
  yield Buffer.from('1,new\n');
  throw new Error('pipe broke');
}

async function* chunksAround(event: () => Promise<void>): AsyncGenerator<Buffer> {
  yield Buffer.from('1,new\n');
  await event();
  yield Buffer.from('2,new\n');
}
