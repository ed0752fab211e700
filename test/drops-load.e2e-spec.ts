import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG, Orchard, TABLES } from './orchard';
import { PlatformUnderTest } from './platform-under-test';

const FILE = {
  ...{ bucket: 'drops', source: 'client', destination: 'processed', doc: 'f.*csv', delim: ',', truncate: false },
  ...{ target: { kind: 'postgres' }, dbtable: 'mart.reading', column_count: 3, columns: ['a', 'b', 'c'] },
};
/** Roles belong to the whole server, where a run that was killed leaves its own behind. */
const [GUEST, KEEPER] = [`orchard_guest_${process.pid}`, `orchard_keeper_${process.pid}`];
const MART = `
  create schema mart;
  create table mart.reading (a varchar(40), b varchar(40), c varchar(40));
  create table mart.wide (a varchar(40), c varchar(40), src varchar(40), n varchar(40), k int);
  create table mart.typed (a int, b bool, c timestamp);
  create table mart.zoned (a int, b date, c timestamptz);
  create table mart.merged (id int, state text, data_status text);`;
const ACCESS_LOG = '[%d/%b/%Y:%H:%M:%S %z]';
const dates = (...formats: readonly (readonly [string, string])[]) => ({
  dateformat: formats.map(([field, format]) => ({ field, format })),
});

/** Id of the specification, what the configuration says beside {@link FILE}, the file, and the rows of the table in order of `a`. */
const LOADED: readonly (readonly [string, object, string | Buffer, readonly (readonly unknown[])[]])[] = [
  ['F-50', {}, 'x,y,z\n1,hello,2025-01-02\n02,a|b,\n', [['02', 'a|b', ''], ['1', 'hello', '2025-01-02']]],
  ['F-53', { encoding: 'ISO-8859-1' }, Buffer.from('x,y,z\n1,\xe9,3\n', 'latin1'), [['1', 'é', '3']]],
  ['F-54, F-55', { strip_quotes: true }, 'x,y,z\n1,"he, said",3\n2,"he said ""hi""",3\n', [['1', 'he', ' said'], ['2', 'he said hi', '3']]],
  ['F-56', { dbtable: 'mart.wide', add_columns: { src: 'feed', n: null, k: 5 }, drop_columns: ['b'] }, 'x,y,z\n1,2,3\n', [['1', '3', 'feed', null, 5]]],
  ['F-58, F-67', { dbtable: 'mart.typed', dtype_dic_ints: ['a'] }, 'x,y,z\n7,true,\n,,2025-01-02\n', [[7, true, null], [null, null, '2025-01-02 00:00:00']]],
  ['F-60', { dbtable: 'mart.zoned', ...dates(['c', ACCESS_LOG]) }, 'x,y,z\n1,2025-01-02,[02/Jan/2025:03:04:05 -0800]\n', [[1, '2025-01-02', '2025-01-02 11:04:05+00']]],
  ['F-61', { dbtable: 'mart.typed', ...dates(['c', '%b %d, %Y %I:%M:%S %p']) }, 'x,y,z\n1,1,"Jan 2, 2025 3:04:05 PM"\n', [[1, true, '2025-01-02 15:04:05']]],
  ['F-19', { dbtable: 'mart.zoned', ...dates(['b', '%d.%m.%Y'], ['c', '%Y%m%d %H%M%S.%f']) }, 'x,y,z\n1,,\n2,28.02.2024,20240229 235959.000123\n', [[1, null, null], [2, '2024-02-28', '2024-02-29 23:59:59.000123+00']]],
  ['F-62', { replace_enabled: true, replace: [{ field: 'b', old: ' (\\d):', new: ' 0\\1:', regex: true }] }, 'x,y,z\n1,at 9:30,3\n', [['1', 'at 09:30', '3']]],
  ['F-65', {}, 'x,y,z\n1,NA,null\n2,None,-\n', [['1', '', ''], ['2', '', null]]],
  ['F-65', { na_values: [''], null_marker: null }, 'x,y,z\n1,NA,null\n2,None,-\n', [['1', 'NA', 'null'], ['2', 'None', '-']]],
]; // prettier-ignore

describe('What drops put into tables', () => {
  let platform: PlatformUnderTest;
  let orchard: Orchard;
  let cases = 0;

  beforeAll(async () => {
    platform = await PlatformUnderTest.create();
    await platform.pool.query(`${TABLES}; ${MART}; create role ${GUEST}; create role ${KEEPER}`);
    orchard = new Orchard(platform, (await platform.startBoth()).api);
  });
  afterAll(async () => {
    await platform.pool.query(`drop schema orchard cascade; drop role ${GUEST}, ${KEEPER}`);
    await platform.dispose();
  });

  /** Each in a directory and a configuration of its own. */
  async function load(config: object, content: string | Buffer) {
    const name = `case${(cases += 1)}`;
    await orchard.put(`client/${name}/f1.csv`, content);
    return orchard.drop({ ...FILE, directory: name, ...config }, { name });
  }

  it.each(LOADED)('%s: loads what the file says', async (_id, config, content, rows) => {
    const { dbtable } = { ...FILE, ...config };
    await platform.pool.query(`truncate ${dbtable}`);
    expect(await load(config, content)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('PostgreSQL: 1\n') as string });
    const columns =
      dbtable === 'mart.typed' ? 'a, b, c::text' : dbtable === 'mart.zoned' ? `a, b::text, (c at time zone 'UTC')::text || '+00'` : '*';
    expect(await orchard.rows(`select ${columns} from ${dbtable} order by a`)).toEqual(rows);
  });

  it.each([
    ['F-18', 'BAD_DATE', dates(['c', '%Y-%m-%d %H:%M:%S.%f']), 'x,y,z\n1,2,2025-03-01 06:30:00.1\n2,2,2025-03-01 06:30:00\n'],
    ['F-58', 'BAD_VALUE', { dtype_dic_ints: ['a'] }, 'x,y,z\n1.5,2,3\n'],
    ['F-59', 'BAD_VALUE', { dtype_dic_bools: ['a'] }, 'x,y,z\nyes,2,3\n'],
    ['F-66', 'MALFORMED_CSV', {}, 'x,y,z\n1,"2,3\n'],
  ])('%s: refuses the file as %s and loads nothing of it', async (_id, finding, config, content) => {
    await platform.pool.query('truncate mart.reading');
    const { exitCode, stderr } = await load(config, content);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(finding) as string]);
    expect(await orchard.rows('select * from mart.reading')).toEqual([]);
  });

  it('merges by the SQL of the configuration and of its file, as those who append new states do', async () => {
    await platform.pool.query(`insert into mart.merged values (1, 'sown', 'current'), (2, 'sown', 'current')`);
    const file = join(platform.folder, 'merge.sql');
    await writeFile(
      file,
      `update mart.merged m set data_status = 'old' from mart.merged n where n.data_status = 'new' and m.data_status = 'current' and m.id = n.id;
       update mart.merged set data_status = 'current' where data_status = 'new'; -- done`,
    );
    const post_sql = `update mart.merged set state = upper(state) where data_status = 'new' -- before the file`;
    const merge = { add_columns: { data_status: 'new' }, post_sql, ldb_sku: true, sql_query: file, dbtable: 'mart.merged' };
    expect(await load({ ...merge, column_count: 2, columns: ['id', 'state'] }, 'x,y\n2,grown\n3,sown\n')).toMatchObject({ exitCode: 0 });
    expect(await orchard.rows('select * from mart.merged order by id, data_status')).toEqual([
      [1, 'sown', 'current'],
      [2, 'GROWN', 'current'],
      [2, 'sown', 'old'],
      [3, 'SOWN', 'current'],
    ]);
  });

  it('leaves a drop open when its SQL would end the transaction: the configuration is at fault', async () => {
    await platform.pool.query('truncate mart.reading');
    const { exitCode, stderr } = await load({ post_sql: 'select 1; commit' }, 'x,y,z\n1,2,3\n');
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('COMMIT') as string]);
    expect(await orchard.rows('select * from mart.reading')).toEqual([]);
    expect(await orchard.holds(`processed/bad/client/case${cases}/f1.csv`)).toBe(false);
  });

  it('F-41: replaces what a table holds and leaves the table: its view, its index, the rights of others', async () => {
    await platform.pool.query(`create index tree_species on orchard.tree (species); grant select, update on orchard.tree to ${GUEST};
      create view orchard.living as select tree_id from orchard.tree where alive; grant select on orchard.living to ${GUEST};
      insert into orchard.tree values ('old', 'Elm', true, 'x')`);
    const [before] = await orchard.rows(`select oid from pg_class where relname = 'tree'`);
    await orchard.upload('orchard-export-0301.tgz', '09:00');
    expect(await orchard.drop(CONFIG)).toMatchObject({ exitCode: 0 });
    expect(await orchard.rows('select tree_id from orchard.living')).toEqual([['001']]);
    expect(await orchard.rows(`select oid from pg_class where relname = 'tree'`)).toEqual([before]);
    expect(await orchard.rows(`select indexname from pg_indexes where tablename = 'tree'`)).toEqual([['tree_species']]);
    const rights = `has_table_privilege('${GUEST}', 'orchard.tree', 'update'), has_table_privilege('${GUEST}', 'orchard.living', 'select')`;
    expect(await orchard.rows(`select ${rights}`)).toEqual([[true, true]]);
  });

  it('gives tables the owner and the readers that a configuration names, and loads nothing for a reader who does not exist', async () => {
    const access = { owner: KEEPER, grants: [{ privilege: 'select', to: GUEST }] };
    await orchard.upload('orchard-export-0302.tgz', '10:00');
    expect(await orchard.drop({ ...CONFIG, ...access })).toMatchObject({ exitCode: 0 });
    expect(
      await orchard.rows(`select distinct tableowner, has_table_privilege('${GUEST}', schemaname || '.' || tablename, 'select')
                            from pg_tables where schemaname = 'orchard'`),
    ).toEqual([[KEEPER, true]]);
    await orchard.upload('orchard-export-0303.tgz', '11:00', { 'trees.csv': 'a,b,c,d\n9,x,true,y\n' });
    const only = { ...CONFIG, files: { trees: CONFIG.files.trees }, grants: [{ to: 'nobody_here' }] };
    expect(await orchard.drop(only)).toMatchObject({ exitCode: 1 });
    expect(await orchard.rows('select count(*)::int from orchard.tree')).toEqual([[2]]);
  });
});
