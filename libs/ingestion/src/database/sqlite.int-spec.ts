import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { Database } from 'node-sqlite3-wasm';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryHarness, TRAY_COLUMNS, TRAYS } from '../../test/query-harness';

describe('DatabaseSource on SQLite', () => {
  let folder: string;
  let harness: QueryHarness;

  const change = (sql: string): void => {
    const database = new Database(join(folder, 'garden.db'));
    database.exec(sql);
    database.close();
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-test-'));
    change(
      `CREATE TABLE trays (tray_id integer PRIMARY KEY, crop text, bay text, seeds int, grams float, sown_on timestamp, alive bool); ${TRAYS}`,
    );
    harness = new QueryHarness(`sqlite:///${join(folder, 'garden.db')}`);
  });
  afterAll(async () => {
    await harness.close();
    await rm(folder, { recursive: true });
  });

  it.each<[string, string, object, (string | null)[][]]>([
    ['C-20', 'SELECT tray_id FROM trays WHERE seeds > :lo AND crop = :c ORDER BY 1', { lo: 20, c: 'Basil' }, [['11']]],
    ['C-21', "SELECT CAST(seeds AS text) AS s, '08:15' AS t FROM trays WHERE tray_id = :id", { id: 11 }, [['40', '08:15']]],
    ['C-22', 'SELECT \':lo\' AS lit, [tray_id] AS ":lo" FROM trays LIMIT 1', {}, [[':lo', '11']]],
    ['C-24, with IN', 'SELECT tray_id FROM trays WHERE tray_id IN (:ids) AND seeds >= :lo', { ids: [11, 15, 99], lo: 1 }, [['11'], ['15']]],
    ['C-25', "SELECT crop FROM trays WHERE crop LIKE '%a%' ORDER BY 1", {}, [['Basil'], ['Basil'], ['chard']]],
    ['C-29', 'SELECT seeds FROM trays WHERE tray_id < 13 ORDER BY tray_id', {}, [['40'], [null]]],
    ['an empty list', 'SELECT tray_id FROM trays WHERE tray_id IN (:ids)', { ids: [] }, []],
    ['booleans and nulls', 'SELECT :yes AS yes, :none AS none, :half AS half', { yes: true, none: null, half: 0.5 }, [['1', null, '0.5']]],
  ])('binds %s', async (_, query, parameters, expected) => {
    expect(await harness.rows(query, { parameters })).toEqual(expected);
  });

  it('C-23: names a missing parameter', async () => {
    await expect(harness.rows('SELECT :lo AS a')).rejects.toMatchObject({ message: expect.stringContaining("'lo'"), retryable: false });
  });

  it('C-26: keeps names and declared types of a query without rows', async () => {
    const [part] = await harness.extract('SELECT * FROM trays WHERE tray_id = :id', { parameters: { id: 0 } });
    expect(part).toMatchObject({
      count: 0,
      columns: TRAY_COLUMNS,
      types: ['integer', 'string', 'string', 'integer', 'float', 'timestamp', 'boolean'],
    });
  });

  it('C-27, C-28: gives batches of the size asked for, limit or not', async () => {
    const seven = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 7) SELECT i FROM n';
    const sizes = async (query: string) => (await harness.batches(query, { batchSize: 3 })).map(({ rows }) => rows.length);
    expect(await sizes(seven)).toEqual([3, 3, 1]);
    expect(await sizes(`${seven} LIMIT 6`)).toEqual([3, 3]);
  });

  it.each([['DELETE FROM trays'], ['WITH x AS (SELECT 1) DELETE FROM trays'], ['SELECT 1; DELETE FROM trays']])(
    'C-30: refuses %j',
    async (query) => {
      await expect(harness.rows(query)).rejects.toMatchObject({ code: 'input-invalid', retryable: false });
      expect(await harness.rows('SELECT count(*) AS n FROM trays')).toEqual([['5']]);
    },
  );

  it('keeps values exactly and says what they really are', async () => {
    change(`CREATE TABLE odd (big int, price decimal(10,2), mixed int, doc blob, text_in_int int, sown date, yes boolean);
      INSERT INTO odd VALUES (9007199254740993, 12.5, 'x', x'00ff', 'a', '2025-04-02', 1), (-9223372036854775808, 3, 1, NULL, 'b', 'soon', 2)`);
    const [part] = await harness.extract('SELECT * FROM odd');
    expect(part?.rows).toEqual([
      ['9007199254740993', '12.5', 'x', '\\x00ff', 'a', '2025-04-02', '1'],
      ['-9223372036854775808', '3', '1', null, 'b', 'soon', '2'],
    ]);
    expect(part?.types).toEqual(['integer', 'decimal', 'string', 'bytes', 'string', 'string', 'integer']);
    const [computed] = await harness.extract('SELECT 1e300 AS large, 9e999 AS endless, 0.1 + 0.2 AS sum, 1 AS one');
    expect(computed?.rows).toEqual([['1e+300', 'Infinity', '0.30000000000000004', '1']]);
    expect(computed?.types).toEqual(['float', 'float', 'float', 'integer']);
  });

  it('cuts by an integer column and goes on from a watermark', async () => {
    const settings = { partition: { column: 'tray_id', size: 2 }, incremental: { column: 'tray_id' } };
    const parts = await harness.extract('SELECT tray_id FROM trays', settings);
    expect(parts.map(({ rows }) => rows.map(([id]) => id))).toEqual([['11', '12'], ['13', '14'], ['15']]);
    change("INSERT INTO trays VALUES (16, 'Sage', NULL, 1, 1, NULL, true)");
    const { watermark = null } = parts.at(-1) ?? {};
    const more = await harness.extract('SELECT tray_id FROM trays', settings, { watermark });
    change('DELETE FROM trays WHERE tray_id = 16');
    expect(more.flatMap(({ rows }) => rows)).toEqual([['16']]);
  });

  it('refuses to cut by a timestamp, which SQLite keeps as any text', async () => {
    await expect(harness.rows('SELECT * FROM trays', { partition: { column: 'sown_on' } })).rejects.toThrow('take an integer column');
  });

  it('leaves nothing beside the file, and reads it while another program has its lock', async () => {
    const other = new Database(join(folder, 'garden.db'));
    other.exec('BEGIN EXCLUSIVE');
    expect(await harness.rows('SELECT count(*) AS n FROM trays')).toEqual([['5']]);
    other.exec('ROLLBACK');
    other.close();
    expect(await readdir(folder)).toEqual(['garden.db']);
  });

  it('names a file that is not there', async () => {
    const missing = new QueryHarness(`sqlite:///${join(folder, 'none.db')}`);
    await expect(missing.rows('SELECT 1 AS one')).rejects.toMatchObject({ message: expect.stringContaining('none.db'), retryable: false });
  });
});
