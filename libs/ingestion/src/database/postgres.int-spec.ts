import { buffer } from 'node:stream/consumers';
import type { Part } from '@app/platform';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { QueryHarness, TRAY_COLUMNS, TRAYS } from '../../test/query-harness';

describe('DatabaseSource on PostgreSQL', () => {
  let database: TestDatabase;
  let harness: QueryHarness;

  beforeAll(async () => {
    database = await createTestDatabase({ migrated: false });
    await database.pool.query(
      'CREATE TABLE trays (tray_id int PRIMARY KEY, crop text, bay text, seeds int, grams float, sown_on timestamp, alive bool)',
    );
    await database.pool.query(TRAYS);
    harness = new QueryHarness(database.url);
  });
  afterAll(async () => {
    await harness.close();
    await database.drop();
  });

  describe('parameters', () => {
    it.each<[string, string, object, (string | null)[][]]>([
      ['C-20', 'SELECT tray_id FROM trays WHERE seeds > :lo AND crop = :c ORDER BY 1', { lo: 20, c: 'Basil' }, [['11']]],
      ['C-21', "SELECT seeds::text AS s, '08:15' AS t FROM trays WHERE tray_id = :id", { id: 11 }, [['40', '08:15']]],
      ['C-22', "SELECT ':lo' AS lit", {}, [[':lo']]],
      ['C-24', 'SELECT tray_id FROM trays WHERE tray_id = ANY(:ids) ORDER BY 1', { ids: [11, 15, 99] }, [['11'], ['15']]],
      ['C-25', 'SELECT crop FROM trays WHERE crop LIKE \'%a%\' ORDER BY crop COLLATE "en-x-icu"', {}, [['Basil'], ['Basil'], ['chard']]],
      ['a fraction against an integer', 'SELECT tray_id FROM trays WHERE seeds > :lo ORDER BY 1', { lo: 24.5 }, [['11'], ['13'], ['15']]],
      ['a list of texts', 'SELECT tray_id FROM trays WHERE crop = ANY(:c)', { c: ['Di"ll', 'Dill', null] }, [['15']]],
      ['an empty list', 'SELECT tray_id FROM trays WHERE tray_id = ANY(:ids)', { ids: [] }, []],
      ['a null', 'SELECT tray_id FROM trays WHERE :c::text IS NULL AND tray_id < 12', { c: null }, [['11']]],
      ['a boolean', 'SELECT tray_id FROM trays WHERE alive = :yes AND tray_id < :id LIMIT :n', { yes: true, id: 14, n: 1 }, [['11']]],
      [
        'one name twice',
        'SELECT tray_id + :n AS x FROM trays WHERE tray_id > 13 GROUP BY tray_id + :n ORDER BY 1',
        { n: 1 },
        [['15'], ['16']],
      ],
      ['a surplus value', 'SELECT 1 AS one', { unused: 'x' }, [['1']]],
      ['a percent sign and an escaped colon', "SELECT '%' AS a, array_to_string((ARRAY[1,2])[1\\:1], ',') AS b", {}, [['%', '1']]],
      ['a closing semicolon and comment', 'SELECT 1 AS one; -- the end', {}, [['1']]],
    ])('binds %s', async (_, query, parameters, expected) => {
      expect(await harness.rows(query, { parameters })).toEqual(expected);
    });

    it('C-23: names every parameter without a value, for good', async () => {
      await expect(harness.rows('SELECT :lo AS a, :hi AS b', { parameters: { constructor: 1 } })).rejects.toMatchObject({
        message: "A value is required for bind parameter 'lo'; A value is required for bind parameter 'hi'",
        retryable: false,
      });
      await expect(harness.rows('SELECT :constructor AS a')).rejects.toThrow("bind parameter 'constructor'");
    });

    it('never makes a value part of a statement', async () => {
      const hostile = "x'; DROP TABLE trays; --";
      expect(await harness.rows('SELECT :c AS c, current_query() AS q', { parameters: { c: hostile } })).toEqual([
        [hostile, expect.not.stringContaining('DROP')],
      ]);
    });

    it('does not quote a value that PostgreSQL refuses', async () => {
      const refused = harness.rows('SELECT tray_id FROM trays WHERE tray_id = :id', { parameters: { id: 'Jane Roe' } });
      await expect(refused).rejects.toMatchObject({ retryable: false, message: expect.not.stringContaining('Jane') });
      await expect(refused).rejects.toThrow('22P02');
    });
  });

  describe('reading', () => {
    it('C-26: keeps names and types of a query without rows', async () => {
      const [part] = await harness.extract('SELECT * FROM trays WHERE false');
      expect(part).toMatchObject({
        count: 0,
        rows: [],
        columns: TRAY_COLUMNS,
        types: ['integer', 'string', 'string', 'integer', 'float', 'timestamp', 'boolean'],
      });
    });

    it('C-27: gives batches of the size asked for and adds no limit to the query', async () => {
      const query = 'SELECT n, current_query() AS q FROM generate_series(1, 7) AS n';
      const batches = await harness.batches(query, { batchSize: 3 });
      expect(batches.map(({ rows }) => rows.map(([n]) => n))).toEqual([['1', '2', '3'], ['4', '5', '6'], ['7']]);
      expect(batches[0]?.columns).toEqual(['n', 'q']);
      expect(batches[0]?.rows[0]?.[1]).not.toMatch(/limit|offset/i);
    });

    it('C-28: ends where the limit of the query ends', async () => {
      const batches = await harness.batches('SELECT n FROM generate_series(1, 7) AS n LIMIT 6', { batchSize: 3 });
      expect(batches.map(({ rows }) => rows.length)).toEqual([3, 3]);
    });

    it('gives one empty batch with the columns of a query without rows', async () => {
      expect(await harness.batches('SELECT * FROM trays WHERE false', {})).toEqual([{ columns: TRAY_COLUMNS, rows: [] }]);
    });

    it('C-29: keeps an integer whole beside a null, and empty text apart from null', async () => {
      const rows = await harness.rows("SELECT seeds, crop, '' AS empty FROM trays ORDER BY tray_id LIMIT 3");
      expect(rows).toEqual([
        ['40', 'Basil', ''],
        [null, 'chard', ''],
        ['25', null, ''],
      ]);
    });

    it.each([
      ['C-30', 'DELETE FROM trays'],
      ['a write inside a query', 'WITH gone AS (DELETE FROM trays RETURNING *) SELECT * FROM gone'],
      ['a write behind a query', 'SELECT 1; DELETE FROM trays'],
      ['a write behind an escape from the parentheses', 'SELECT 1) TO STDOUT; COMMIT; DELETE FROM trays; COPY (SELECT 1'],
      ['a function that writes', "SELECT setval('counter', 99)"],
      ['a change of mode', "SELECT set_config('transaction_read_only', 'off', true), remove_trays()"],
    ])('refuses %s and changes nothing', async (_, query) => {
      await database.pool.query('CREATE SEQUENCE IF NOT EXISTS counter');
      await database.pool.query(`CREATE OR REPLACE FUNCTION remove_trays() RETURNS int LANGUAGE sql AS 'DELETE FROM trays; SELECT 1'`);
      await expect(harness.rows(query)).rejects.toMatchObject({ code: 'input-invalid', retryable: false });
      const { rows } = await database.pool.query('SELECT count(*)::int AS n, (SELECT last_value::int FROM counter) AS counter FROM trays');
      expect(rows).toEqual([{ n: 5, counter: 1 }]);
    });

    it('names a table that is not there', async () => {
      await expect(harness.rows('SELECT * FROM greenhouse')).rejects.toThrow('relation "greenhouse" does not exist');
    });

    it('refuses two columns of one name', async () => {
      await expect(harness.rows('SELECT 1 AS a, 2 AS a')).rejects.toThrow('two columns named "a"');
    });

    it('stops a statement at its timeout', async () => {
      await expect(harness.rows('SELECT pg_sleep(20)', { statementTimeoutSeconds: 1 })).rejects.toThrow('statement timeout');
    });

    it('stops at once when the run is cancelled', async () => {
      const controller = new AbortController();
      const reason = new Error('cancelled');
      const parts = harness.source.extract(harness.request('SELECT generate_series(1, 100000000) AS n', {}, { signal: controller.signal }));
      const { value: part } = (await parts.next()) as IteratorYieldResult<{ content: AsyncIterable<Uint8Array> }>;
      const consumed = (async () => {
        for await (const piece of part.content) if (piece.length > 0) controller.abort(reason);
      })();
      await expect(consumed).rejects.toBe(reason);
      await parts.return(undefined);
    });
  });

  it('writes rows that will go into PostgreSQL as they are in its text format, unless they are of one column', async () => {
    const extract = async (query: string): Promise<[string, string]> => {
      const parts = harness.source.extract({ ...harness.request(query), verbatim: true });
      const { value: part } = (await parts.next()) as IteratorYieldResult<Part>;
      const written = [part.format, (await buffer(part.content)).toString()] as [string, string];
      expect(part.summary().rows).toBe(2);
      await parts.return(undefined);
      return written;
    };
    expect(await extract(String.raw`SELECT * FROM (VALUES (1, NULL, 'a,"b"'), (2, '', E'\\\n\t')) AS t(n, a, b)`)).toEqual([
      'text',
      String.raw`1	\N	a,"b"` + '\n' + String.raw`2		\\\n\t` + '\n',
    ]);
    expect(await extract("SELECT * FROM (VALUES (''), (NULL)) AS t(a)")).toEqual(['csv', 'a\n""\n\n']);
  });

  it('keeps every type exactly, in UTC', async () => {
    const [part] = await harness.extract(`SELECT
      9223372036854775807::bigint AS big, 12345678901234567890.123456789012345678901234567890::numeric AS exact,
      'NaN'::numeric AS nan, 'NaN'::float8 AS fnan, '-Infinity'::float8 AS minus, 0.1::float8 + 0.2::float8 AS sum, 0.1::float4 AS single,
      '2025-04-02 08:00:00.123456'::timestamp AS ts, '2025-04-02 08:00:00+02'::timestamptz AS tstz, 'infinity'::timestamptz AS never,
      'infinity'::date AS last, '0044-03-15 BC'::date AS ides, '\\x00ff0a'::bytea AS bytes, '{"b": 1.10, "a": "\u00fc"}'::json AS doc,
      ARRAY[1, NULL, 3] AS list, ARRAY['a,b', 'c"d', NULL] AS texts, ARRAY[['x'], ['y']] AS nested,
      '0e37df36-f698-11e6-8dd4-cb9ced3df976'::uuid AS id, true AS yes, '1 day 02:00'::interval AS pause, E'two\\nlines, "quoted"' AS text`);
    const cells = Object.fromEntries(part?.columns.map((name, index) => [name, [part.types[index], part.rows[0]?.[index]]]) ?? []);
    expect(cells).toEqual({
      big: ['integer', '9223372036854775807'],
      exact: ['decimal', '12345678901234567890.123456789012345678901234567890'],
      nan: ['decimal', 'NaN'],
      fnan: ['float', 'NaN'],
      minus: ['float', '-Infinity'],
      sum: ['float', '0.30000000000000004'],
      single: ['float', '0.1'],
      ts: ['timestamp', '2025-04-02 08:00:00.123456'],
      tstz: ['timestamptz', '2025-04-02 06:00:00+00'],
      never: ['timestamptz', 'infinity'],
      last: ['date', 'infinity'],
      ides: ['date', '0044-03-15 BC'],
      bytes: ['bytes', '\\x00ff0a'],
      doc: ['json', '{"b": 1.10, "a": "ü"}'],
      list: ['json', '[1,null,3]'],
      texts: ['json', '["a,b","c\\"d",null]'],
      nested: ['json', '[["x"],["y"]]'],
      id: ['uuid', '0e37df36-f698-11e6-8dd4-cb9ced3df976'],
      yes: ['boolean', 't'],
      pause: ['string', '1 day 02:00:00'],
      text: ['string', 'two\nlines, "quoted"'],
    });
  });

  describe('connections', () => {
    it('reports a server that is away as worth another try', async () => {
      const away = new QueryHarness('postgresql://postgres@127.0.0.1:1/none');
      await expect(away.rows('SELECT 1 AS one')).rejects.toMatchObject({ code: 'source-unavailable', retryable: true });
    });

    it('reports a connection that the server cuts half-way as worth another try', async () => {
      const parts = harness.source.extract(harness.request('SELECT generate_series(1, 100000000) AS n'));
      const { value: part } = (await parts.next()) as IteratorYieldResult<{ content: AsyncIterable<Uint8Array> }>;
      const consumed = (async () => {
        for await (const piece of part.content) {
          if (piece.length === 0) continue;
          await database.pool.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tributary-source' AND datname = current_database()",
          );
        }
      })();
      await expect(consumed).rejects.toMatchObject({ code: 'source-unavailable', retryable: true });
      await parts.return(undefined);
    });

    it('survives a connection that the server closed while it was idle', async () => {
      await harness.rows('SELECT 1 AS one');
      await database.pool.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'tributary-source' AND datname = current_database()",
      );
      expect(await harness.rows('SELECT 1 AS one')).toEqual([['1']]);
    });

    it('checks access, the query and its parameters without reading', async () => {
      const { signal } = new AbortController();
      await harness.source.check(harness.config('SELECT 1 / (tray_id - 11) AS x FROM trays'), signal);
      await expect(harness.source.check(harness.config('SELECT colour FROM trays'), signal)).rejects.toThrow(
        'column "colour" does not exist',
      );
    });

    it('names an unknown kind of database and nothing else of the address', async () => {
      const unknown = new QueryHarness('redis://user:hunter22@host/0');
      const refused = unknown.rows('SELECT 1 AS one');
      await expect(refused).rejects.toMatchObject({ retryable: false, message: expect.not.stringContaining('hunter22') });
      await expect(refused).rejects.toThrow('"redis"');
    });
  });
});
