import { randomBytes } from 'node:crypto';
import { createPool, type Pool, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import type { Part, Watermark } from '@app/platform';
import { eventually } from '@app/testing';
import { tableInfo } from './table-info';
import { QueryHarness, stage, TRAY_COLUMNS, TRAYS } from '../../test/query-harness';

const server = process.env['TEST_MARIADB_URL'];
/** Writers commit so many while runs read. */
const ENOUGH_ROWS = 20;
const whereThereIsOne = server === undefined ? describe.skip : describe;

whereThereIsOne('DatabaseSource on MariaDB (needs TEST_MARIADB_URL)', () => {
  const name = `tributary_test_${randomBytes(6).toString('hex')}`;
  const url = new URL(server ?? 'mysql://none');
  let pool: Pool;
  let harness: QueryHarness;

  beforeAll(async () => {
    const admin = createPool({ uri: url.href, connectionLimit: 1 });
    await admin.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci`);
    await admin.end();
    url.pathname = name;
    pool = createPool({ uri: url.href, connectionLimit: 6, multipleStatements: true });
    await pool.query(
      'CREATE TABLE trays (tray_id int PRIMARY KEY, crop text, bay text, seeds int, grams double, sown_on datetime, alive bool)',
    );
    await pool.query(TRAYS);
    harness = new QueryHarness(url.href);
  });
  afterAll(async () => {
    await harness.close();
    await pool.query(`DROP DATABASE ${name}`);
    await pool.end();
  });

  it.each<[string, string, object, (string | null)[][]]>([
    ['C-20', 'SELECT tray_id FROM trays WHERE seeds > :lo AND crop = :c ORDER BY 1', { lo: 20, c: 'Basil' }, [['11']]],
    ['C-21', "SELECT CAST(seeds AS char) AS s, '08:15' AS t FROM trays WHERE tray_id = :id", { id: 11 }, [['40', '08:15']]],
    ['C-22', 'SELECT \':lo\' AS lit, "it\\"s :lo" AS lit2 # :lo', {}, [[':lo', 'it"s :lo']]],
    ['C-24, with IN', 'SELECT tray_id FROM trays WHERE tray_id IN (:ids) AND seeds >= :lo', { ids: [11, 15, 99], lo: 1 }, [['11'], ['15']]],
    ['C-25', "SELECT crop FROM trays WHERE crop LIKE '%a%' ORDER BY 1", {}, [['Basil'], ['Basil'], ['chard']]],
    ['C-29', 'SELECT seeds FROM trays WHERE tray_id < 13 ORDER BY tray_id', {}, [['40'], [null]]],
    ['an empty list', 'SELECT tray_id FROM trays WHERE tray_id IN (:ids)', { ids: [] }, []],
    ['a limit', 'SELECT tray_id FROM trays WHERE alive = :yes ORDER BY 1 LIMIT :n', { yes: true, n: 1 }, [['11']]],
    ['hostile text', 'SELECT :c AS c', { c: "x'; DROP TABLE trays; -- \\" }, [["x'; DROP TABLE trays; -- \\"]]],
  ])('binds %s', async (_, query, parameters, expected) => {
    expect(await harness.rows(query, { parameters })).toEqual(expected);
  });

  it('C-23: names a missing parameter', async () => {
    await expect(harness.rows('SELECT :lo AS a')).rejects.toMatchObject({ message: expect.stringContaining("'lo'"), retryable: false });
  });

  it('C-26: keeps names and types of a query without rows', async () => {
    const [part] = await harness.extract('SELECT * FROM trays WHERE false');
    expect(part).toMatchObject({
      count: 0,
      columns: TRAY_COLUMNS,
      types: ['integer', 'string', 'string', 'integer', 'float', 'timestamp', 'integer'],
    });
  });

  it('C-27, C-28: gives batches of the size asked for, limit or not', async () => {
    const sizes = async (query: string) => (await harness.batches(query, { batchSize: 3 })).map(({ rows }) => rows.length);
    expect(await sizes('SELECT seq FROM seq_1_to_7')).toEqual([3, 3, 1]);
    expect(await sizes('SELECT seq FROM seq_1_to_7 LIMIT 6')).toEqual([3, 3]);
  });

  it.each([['DELETE FROM trays'], ['WITH x AS (SELECT 1) DELETE FROM trays'], ['SELECT 1; DELETE FROM trays'], ['SELECT remove_trays()']])(
    'C-30: refuses %j and changes nothing',
    async (query) => {
      await pool.query('CREATE OR REPLACE FUNCTION remove_trays() RETURNS int MODIFIES SQL DATA BEGIN DELETE FROM trays; RETURN 1; END');
      await expect(harness.rows(query)).rejects.toMatchObject({ code: 'input-invalid', retryable: false });
      expect(await harness.rows('SELECT count(*) AS n FROM trays')).toEqual([['5']]);
    },
  );

  it('keeps every type exactly, in UTC', async () => {
    await pool.query(`SET SESSION sql_mode = '', time_zone = '+02:00'; CREATE TABLE types_ (
        big bigint, huge bigint unsigned, exact decimal(40, 20), single float, doub double, day date, ts datetime(6), tstz timestamp(3) NULL,
        bytes varbinary(10), doc json, bits bit(9), yr year, pause time, flag tinyint(1), word enum('a,b', 'c'), label varchar(40), zero datetime);
      INSERT INTO types_ VALUES (-9223372036854775808, 18446744073709551615, 12345678901234567890.12345678901234567890, 1.2345678, 0.1e0 + 0.2e0,
        '2025-04-02', '2025-04-02 08:00:00.123456', '2025-04-02 08:00:00.5', x'00ff', '{"a": 1.10}', b'101', 2025, '26:00:00', 1, 'a,b',
        'two\nlines, "ü"😀', '0000-00-00 00:00:00'); SET SESSION time_zone = SYSTEM, sql_mode = DEFAULT`);
    const [part] = await harness.extract('SELECT * FROM types_');
    const cells = Object.fromEntries(part?.columns.map((column, index) => [column, [part.types[index], part.rows[0]?.[index]]]) ?? []);
    expect(cells).toEqual({
      big: ['integer', '-9223372036854775808'],
      huge: ['decimal', '18446744073709551615'],
      exact: ['decimal', '12345678901234567890.12345678901234567890'],
      single: ['float', '1.2345677614212036'],
      doub: ['float', '0.30000000000000004'],
      day: ['date', '2025-04-02'],
      ts: ['timestamp', '2025-04-02 08:00:00.123456'],
      tstz: ['timestamptz', '2025-04-02 06:00:00.500+00'],
      bytes: ['bytes', '\\x00ff'],
      doc: ['json', '{"a": 1.10}'],
      bits: ['integer', '5'],
      yr: ['integer', '2025'],
      pause: ['string', '26:00:00'],
      flag: ['integer', '1'],
      word: ['string', 'a,b'],
      label: ['string', 'two\nlines, "ü"😀'],
      zero: ['timestamp', null],
    });
  });

  it('knows the columns of a table and counts its rows', async () => {
    const info = await tableInfo(harness.source, url.href, { table: 'trays' }, new AbortController().signal);
    expect(info).toMatchObject({ table_name: 'trays', schema: null, row_count: 5 });
    expect(info.columns.slice(0, 2)).toEqual([
      { column_name: 'tray_id', data_type: 'int', is_nullable: 'NO' },
      { column_name: 'crop', data_type: 'text', is_nullable: 'YES' },
    ]);
  });

  it('cuts by a key and reads on behind every resume token', async () => {
    const settings = { partition: { column: 'tray_id', count: 3 }, deletes: { key: ['tray_id'] } };
    const all = await harness.extract('SELECT * FROM trays', settings);
    expect(all.map(({ rows }) => rows.map(([id]) => id))).toEqual([['11', '12'], ['13', '14'], ['15'], ['11', '12', '13', '14', '15']]);
    for (const [index, part] of all.entries()) {
      expect(await harness.extract('SELECT * FROM trays', settings, { after: part.token })).toEqual(all.slice(index + 1));
    }
  });

  it('cuts and continues by an unsigned key beyond 64-bit integers', async () => {
    await pool.query(`DROP TABLE IF EXISTS wide_keys; CREATE TABLE wide_keys (id bigint unsigned PRIMARY KEY);
      INSERT INTO wide_keys VALUES (1), (9223372036854775808), (18446744073709551614)`);
    const settings = { partition: { column: 'id', count: 2 }, incremental: { column: 'id', lag: 1 } };
    const parts = await harness.extract('SELECT id FROM wide_keys', settings);
    expect(parts.map(({ rows }) => rows.flat())).toEqual([['1'], ['9223372036854775808', '18446744073709551614']]);
    await pool.query('INSERT INTO wide_keys VALUES (18446744073709551615)');
    const { watermark = null } = parts.at(-1) ?? {};
    expect(await harness.extract('SELECT id FROM wide_keys', { incremental: { column: 'id' } }, { watermark })).toMatchObject([
      { rows: [['18446744073709551615']], watermark: { column: 'id', value: '18446744073709551615' } },
    ]);
  });

  it('cuts a plain table with many rows by its one integer key without being asked', async () => {
    await pool.query(`DROP TABLE IF EXISTS many; CREATE TABLE many (id int unsigned, part char(1), PRIMARY KEY (id));
      INSERT INTO many SELECT seq, 'x' FROM seq_1_to_1100000; ANALYZE TABLE many`);
    const rowsOfParts = async (): Promise<number[]> => {
      const counts: number[] = [];
      for await (const { content, summary } of harness.source.extract(harness.request('SELECT id FROM many'))) {
        const chunks = content[Symbol.asyncIterator]();
        while (!(await chunks.next()).done) continue;
        counts.push(summary().rows);
      }
      return counts;
    };
    expect(await rowsOfParts()).toEqual(Array.from({ length: 11 }, () => 100_000));
    await pool.query('ALTER TABLE many DROP PRIMARY KEY, ADD PRIMARY KEY (part, id)');
    expect(await rowsOfParts()).toEqual([1_100_000]);
  });

  it.each(['id', 'changed_at'])('delivers every row once, by %s, while writers run', async (column) => {
    await pool.query(
      'DROP TABLE IF EXISTS visits; CREATE TABLE visits (id int AUTO_INCREMENT PRIMARY KEY, changed_at datetime DEFAULT now())',
    );
    let stopped = false;
    const written: number[] = [];
    const writer = async (): Promise<void> => {
      const connection = await pool.getConnection();
      while (!stopped) {
        await connection.query('START TRANSACTION');
        const [{ insertId }] = await connection.query<ResultSetHeader>('INSERT INTO visits () VALUES ()');
        await connection.query('SELECT SLEEP(RAND() * 0.06)');
        await connection.query('COMMIT');
        written.push(insertId);
      }
      connection.release();
    };
    let watermark: Watermark | null = null;
    const run = async (): Promise<number[]> => {
      const parts = await harness.extract('SELECT id, changed_at FROM visits', { incremental: { column } }, { watermark });
      watermark = parts.at(-1)?.watermark ?? null;
      return parts.flatMap(({ rows }) => rows.map(([id]) => Number(id)));
    };
    const writers = Promise.all([writer(), writer()]);
    const delivered: number[] = [];
    while (written.length < ENOUGH_ROWS) delivered.push(...(await run()));
    stopped = true;
    await writers;
    delivered.push(...(await run()));
    expect(delivered.sort((a, b) => a - b)).toEqual(written.sort((a, b) => a - b));
  });

  it('stops at once when the run is cancelled, and the next run has a connection', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const request = harness.request('SELECT seq, repeat("x", 100) AS x FROM seq_1_to_100000000', {}, { signal: controller.signal });
    const parts = harness.source.extract(request);
    const { value: part } = (await parts.next()) as IteratorYieldResult<{ content: AsyncIterable<Uint8Array> }>;
    const consumed = (async () => {
      for await (const piece of part.content) if (piece.length > 0) controller.abort(reason);
    })();
    await expect(consumed).rejects.toBe(reason);
    await parts.return(undefined);
    expect(await harness.rows('SELECT 1 AS one')).toEqual([['1']]);
  });

  it('gives its connection back when the rows are through before anybody takes them', async () => {
    // One chunk below what is read ahead, and a last one that nobody has room for.
    const parts = harness.source.extract(harness.request(`SELECT seq, repeat('x', 1000) AS x FROM seq_1_to_2050`));
    const { value: part } = (await parts.next()) as IteratorYieldResult<Part>;
    await eventually('the server has sent all rows', async () => {
      const [busy] = await pool.query<RowDataPacket[]>(
        "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT seq%seq_1_to_2050' AND db = DATABASE()",
      );
      return busy.length === 0;
    });
    expect(await stage(part)).toMatchObject({ count: 2050 });
    expect(await parts.next()).toMatchObject({ done: true });
  });

  it('stops a statement at its timeout, for good', async () => {
    await expect(harness.rows('SELECT SLEEP(20) AS s', { statementTimeoutSeconds: 1 })).rejects.toMatchObject({
      message: expect.stringContaining('statement timeout'),
      retryable: false,
    });
  });

  it('reports a connection that the server cuts half-way as worth another try', async () => {
    const parts = harness.source.extract(harness.request('SELECT seq, repeat("x", 100) AS x FROM seq_1_to_100000000'));
    const { value: part } = (await parts.next()) as IteratorYieldResult<{ content: AsyncIterable<Uint8Array> }>;
    const consumed = (async () => {
      let isCut = false;
      for await (const piece of part.content) {
        if (isCut || piece.length === 0) continue;
        isCut = true;
        // Among them may be one of a run that was cancelled and that the server still winds up.
        const [readers] = await pool.query<(RowDataPacket & { id: number })[]>(
          "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT seq, repeat%' AND db = DATABASE()",
        );
        for (const { id } of readers) await pool.query(`KILL CONNECTION ${id}`);
      }
    })();
    await expect(consumed).rejects.toMatchObject({ code: 'source-unavailable', retryable: true });
    await parts.return(undefined);
  });

  it('tells faults of the query from a server that is away', async () => {
    await expect(harness.rows('SELECT * FROM greenhouse')).rejects.toMatchObject({
      message: expect.stringContaining("greenhouse' doesn't exist"),
      retryable: false,
    });
    await expect(harness.rows('SELECT 1 AS a, 2 AS a')).rejects.toMatchObject({
      message: expect.stringContaining("'a'"),
      retryable: false,
    });
    const away = new QueryHarness('mysql+pymysql://nobody:hunter22@127.0.0.1:1/none');
    await expect(away.rows('SELECT 1 AS one')).rejects.toMatchObject({ code: 'source-unavailable', retryable: true });
    await away.close();
  });
});
