import { DuckDBInstance } from '@duckdb/node-api';
import type { ColumnType } from '@app/platform';
import { stage, TestWarehouse, type Row } from '../../test/test-warehouse';
import type { PublishRequest, WriteStrategy } from '../index';

const COLUMNS: Readonly<Record<string, ColumnType>> = { id: 'integer', f: 'float', n: 'decimal', d: 'date', at: 'timestamp', z: 'timestamptz', b: 'boolean', x: 'bytes', t: 'string' }; // prettier-ignore
const ROWS: readonly Row[] = [
  { id: 1, f: 0.1, n: '2.50', d: '2024-02-29', at: '2024-01-01 10:00:00.12', z: '2024-01-01 10:00:00+02', b: true, x: '\\x00ff', t: 'ünï "q"\n' }, // prettier-ignore
  { id: 2, f: -1e300, n: '-0.00', d: null, at: null, z: null, b: false, x: '\\x', t: '' },
  { id: 3, f: 1e20, n: '100', d: '0099-01-01', at: '2024-01-01 00:00:00', z: '1999-12-31 23:59:59.999999+00', b: null, x: null, t: null },
];
const STRATEGIES: readonly WriteStrategy[] = [
  { kind: 'append' },
  { kind: 'truncate', onEmpty: 'keep' },
  { kind: 'truncate', onEmpty: 'keep', lock: 'table' },
  { kind: 'upsert', keys: ['id'], updateMissing: 'keep' },
  { kind: 'scd2', keys: ['id'] },
  { kind: 'replace' },
  { kind: 'key', columns: ['id'] },
];

/** The definition in another engine, cell by cell as the documentation gives it. */
const DUCKDB = `
  select sum(('0x' || left(md5(concat_ws(chr(31),
      coalesce('=' || id::varchar, '~'), coalesce('=' || f::bit::varchar, '~'),
      coalesce('=' || case when n::varchar like '%.%' then rtrim(rtrim(n::varchar, '0'), '.') else n::varchar end, '~'),
      coalesce('=' || d::varchar, '~'), coalesce('=' || "at"::varchar, '~'), coalesce('=' || z::varchar, '~'),
      coalesce('=' || b::varchar, '~'), coalesce('=' || lower(hex(x)), '~'), coalesce('=' || t, '~'))), 15))::bigint)::varchar as hash
    from (values
      (1::bigint, 0.1::double, 2.5::decimal(38, 10), date '2024-02-29', timestamp '2024-01-01 10:00:00.12', timestamptz '2024-01-01 08:00:00+00', true, '\\x00\\xFF'::blob, 'ünï "q"' || chr(10)),
      (2, -1e300, 0, null, null, null, false, ''::blob, ''),
      (3, 1e20, 100, date '0099-01-01', timestamp '2024-01-01', timestamptz '1999-12-31 23:59:59.999999+00', null, null, null)) rows (id, f, n, d, "at", z, b, x, t)`;

async function hashOfDuckDb(): Promise<string> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`set TimeZone = 'UTC'`);
  const [row] = (await connection.runAndReadAll(DUCKDB)).getRowObjectsJson();
  connection.closeSync();
  return JSON.stringify(row?.['hash']).replaceAll('"', '');
}

describe('proof of load (postgres)', () => {
  let test: TestWarehouse;
  let sealed: string;
  beforeAll(async () => {
    test = await TestWarehouse.create();
    sealed = await hashOfDuckDb();
  });
  afterAll(() => test.drop());
  beforeEach(() =>
    test.pool.query(`drop table if exists p; drop function if exists spoil;
      create table p (id bigint primary key, f double precision, n numeric, d date, at timestamp, z timestamptz, b boolean, x bytea, t text)`),
  );

  const publish = async (strategy: WriteStrategy, options: Partial<PublishRequest> = {}, rows = ROWS) => {
    if (strategy.kind === 'scd2') await test.pool.query('drop table p');
    return (await test.publish([stage('p', COLUMNS, rows)], { strategy, proof: 'hash', ...options })).tables[0]?.proof;
  };
  const spoil = (event: string, body: string): Promise<unknown> =>
    test.pool.query(`create function spoil() returns trigger language plpgsql as $$ begin ${body} end $$;
      create trigger spoil before ${event} on p for each row execute function spoil()`);

  it.each(STRATEGIES)('states the same hash that another engine has for the rows ($kind)', async (strategy) => {
    expect(await publish(strategy)).toEqual({ rows: 3, hash: sealed });
    await test.pool.query('drop table p; create table p (id bigint primary key, f double precision, n numeric, d date, at timestamp, z timestamptz, b boolean, x bytea, t text)'); // prettier-ignore
    expect(await publish(strategy, { contentHashes: { p: sealed } })).toEqual({ rows: 3, hash: sealed });
  });

  it.each(STRATEGIES.filter(({ kind }) => kind !== 'scd2'))('refuses rows that were sealed with another hash ($kind)', async (strategy) => {
    await expect(publish(strategy, { contentHashes: { p: '1' } })).rejects.toMatchObject({ code: 'load-unproven', retryable: false });
    expect(await test.rows('select from p')).toEqual([]);
  });

  it.each(STRATEGIES.filter(({ kind }) => kind !== 'scd2'))('finds what a trigger made of a value ($kind)', async (strategy) => {
    await spoil('insert', `if new.id = 2 then new.t := 'spoilt'; end if; return new;`);
    await expect(publish(strategy)).rejects.toMatchObject({ code: 'load-unproven' });
    expect(await test.rows('select from p')).toEqual([]);
  });

  it('finds rows that a trigger swallowed by their number alone', async () => {
    await spoil('insert', `if new.id = 2 then return null; end if; return new;`);
    for (const strategy of [
      { kind: 'truncate', onEmpty: 'keep', lock: 'table' },
      { kind: 'key', columns: ['id'] },
    ] as const) {
      await expect(publish(strategy, { proof: 'rows' })).rejects.toMatchObject({ code: 'load-unproven' });
    }
  });

  it('looks only at the rows it wrote, and at a table that is unchanged', async () => {
    await publish({ kind: 'append' });
    const more = ROWS.map((row) => ({ ...row, id: Number(row['id']) + 10 }));
    const proof = await publish({ kind: 'append' }, {}, more);
    expect(proof).toMatchObject({ rows: 3 });
    expect(proof?.hash).not.toBe(sealed);
    const both = await publish({ kind: 'replace' }, { allowShrink: true });
    expect(both).toEqual({ rows: 3, hash: sealed });
    expect(await publish({ kind: 'replace' })).toEqual({ rows: 3, hash: sealed });
    expect(await publish({ kind: 'replace' }, { proof: 'rows' })).toEqual({ rows: 3, hash: null });
  });
});
