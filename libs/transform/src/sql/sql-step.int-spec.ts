import { NO_TRAYS, TransformBench } from '../testing/trays';

describe('sql transform (DuckDB)', () => {
  let bench: TransformBench;
  beforeAll(async () => {
    bench = await TransformBench.create();
  });
  afterAll(() => bench.remove());

  it('C-31: binds named parameters', async () => {
    const query = 'SELECT tray_id, UPPER(crop) AS crop_u FROM input_data WHERE seeds > :lo ORDER BY tray_id';
    const { cells, names } = await bench.sql(query, { lo: 20, surplus: {} });
    expect(names).toEqual(['tray_id', 'crop_u']);
    expect(cells).toEqual([
      [11, 'BASIL'],
      [13, null],
      [15, 'DILL'],
    ]);
  });

  it('C-32: puts the name of the rows where :table_name stands, and sums integers to integers', async () => {
    const query = 'SELECT bay, COUNT(*) AS n, SUM(seeds) AS s FROM :table_name WHERE bay IS NOT NULL GROUP BY bay ORDER BY bay;';
    const { cells, columns } = await bench.sql(query);
    expect(cells).toEqual([
      ['N1', 2, 40],
      ['S2', 2, 50],
    ]);
    expect(columns.map(({ type }) => type)).toEqual(['string', 'integer', 'integer']);
  });

  it('takes :table_name for a whole word only', async () => {
    await expect(bench.sql('SELECT 1 AS n FROM :table_name2')).rejects.toThrow("A value is required for bind parameter 'table_name2'");
  });

  it('C-33: keeps the columns of a result without rows', async () => {
    const { cells, columns } = await bench.sql('SELECT tray_id FROM input_data WHERE seeds > 1000');
    expect(cells).toEqual([]);
    expect(columns).toEqual([{ name: 'tray_id', type: 'integer' }]);
  });

  it('C-34: runs on an extract without rows', async () => {
    expect((await bench.sql('SELECT COUNT(*) AS n FROM input_data', {}, NO_TRAYS)).cells).toEqual([[0]]);
  });

  it('C-35: refuses two statements', async () => {
    await expect(bench.sql('SELECT 1; SELECT 2')).rejects.toMatchObject({
      code: 'transform-invalid',
      faults: [{ path: 'steps.0.config.sql_query', message: 'it has to be one statement; these are 2' }],
    });
  });

  it('C-36: keeps two runs at the same time apart', async () => {
    const sample = (from: number) => ({ rows: Array.from({ length: 100 }, (_, index) => ({ n: from + index })) });
    const query = 'SELECT MIN(n) AS lo, MAX(n) AS hi FROM input_data';
    const outcomes = await Promise.all([bench.sql(query, {}, sample(0)), bench.sql(query, {}, sample(1000))]);
    expect(outcomes.map(({ cells }) => cells)).toEqual([[[0, 99]], [[1000, 1099]]]);
  });

  it('C-37: extracts fields of times', async () => {
    const query = 'SELECT tray_id, EXTRACT(MONTH FROM sown_on) AS m FROM input_data WHERE sown_on IS NOT NULL ORDER BY 1';
    expect((await bench.sql(query)).cells.map(([, month]) => month)).toEqual([4, 4, 5, 5]);
  });

  it.each([
    ['a list', 'tray_id = ANY(:v)', [11, 15, 99], [11, 15]],
    ['a text', 'crop = :v', 'Dill', [15]],
    ['a text with quotes', "crop || '''' = :v", "Dill'", [15]],
    ['true', 'alive = :v', true, [11, 13, 15]],
    ['a negative number behind a minus', 'tray_id = 10-:v', -1, [11]],
    ['a fraction', 'grams = :v', 7.25, [12]],
    ['null', ':v IS NULL AND tray_id = 11', null, [11]],
  ])('binds %s', async (_, condition, v, expected) => {
    const { cells } = await bench.sql(`SELECT tray_id FROM input_data WHERE ${condition} ORDER BY 1 -- :none`, { v });
    expect(cells.flat()).toEqual(expected);
  });

  it('takes nothing in a literal for a parameter, and an escaped colon for a colon', async () => {
    expect((await bench.sql(String.raw`SELECT ':lo' AS lit, [1, 2, 3][1\:2] AS part`)).cells).toEqual([[':lo', [1, 2]]]);
  });

  it('names every missing and every impossible parameter', async () => {
    await expect(bench.sql('SELECT :a AS a, :b AS b', { b: {} })).rejects.toMatchObject({
      faults: [
        { path: 'steps.0.config.parameters.a', message: "A value is required for bind parameter 'a'" },
        { path: 'steps.0.config.parameters.b', message: 'an object cannot be a parameter' },
      ],
    });
  });

  it.each([
    ["COPY input_data TO '/tmp/x.csv'", 'only SELECT'],
    ["ATTACH '/tmp/x.db'", 'only SELECT'],
    ['PRAGMA database_list', 'only SELECT'],
    ["SET memory_limit = '9GB'", 'only SELECT'],
    ['INSTALL httpfs', 'only SELECT'],
    ['LOAD httpfs', 'only SELECT'],
    ["EXPORT DATABASE '/tmp/x'", 'only SELECT'],
    ["COPY (SELECT * FROM input_data) TO '/tmp/x.parquet'", 'only SELECT'],
    ['CALL pragma_version()', 'only SELECT'],
    ['DETACH memory', 'only SELECT'],
    ['BEGIN', 'only SELECT'],
    ['SET enable_external_access = true', 'only SELECT'],
    ['RESET lock_configuration', 'only SELECT'],
    ["SELECT 1; ATTACH '/tmp/x.db'", 'only SELECT'],
    ["FROM read_csv('/etc/passwd')", 'read_csv() reads'],
    [`SELECT * FROM "read_CSV"('/etc/passwd')`, 'read_csv() reads'],
    ["WITH p AS (SELECT * FROM read_blob('/etc/passwd')) SELECT 1 AS n FROM p", 'read_blob() reads'],
    ["SELECT (SELECT max(content) FROM read_text('/etc/passwd')) AS x FROM input_data", 'read_text() reads'],
    ["SELECT i.* FROM input_data i, LATERAL (SELECT * FROM glob('/*')) g", 'glob() reads'],
    ["SELECT * FROM parquet_scan('https://example.org/x.parquet')", 'parquet_scan() reads'],
    ["SELECT * FROM read_json('s3://bucket/x')", 'read_json() reads'],
    ["SELECT * FROM sniff_csv('/etc/passwd')", 'sniff_csv() reads'],
    ["SELECT * FROM pragma_table_info('input_data')", 'pragma_table_info() reads'],
    ["SELECT * FROM 'https://example.org/x.csv'", 'there is no relation'],
    ["SELECT GetEnv('HOME') AS x", 'getenv() tells about the engine'],
    ["SELECT list_transform([1], lambda x: getenv('HOME')) AS x", 'getenv() tells'],
    ["SELECT 1 AS x FROM input_data WHERE getvariable('x') IS NULL ORDER BY getenv('HOME')", 'getvariable() tells'],
    ['CREATE TABLE x AS SELECT 1', 'only SELECT'],
    ['UPDATE input_data SET seeds = 1', 'only SELECT'],
    ['EXPLAIN SELECT 1', 'only SELECT'],
    ["SELECT * FROM read_csv('/etc/passwd')", 'read_csv() reads something else than the data'],
    ["SELECT * FROM read_text('/etc/passwd')", 'read_text() reads'],
    ["SELECT * FROM glob('/*')", 'glob() reads'],
    ["SELECT * FROM '/etc/passwd.csv'", 'there is no relation "/etc/passwd.csv"'],
    ['SELECT * FROM duckdb_secrets()', 'duckdb_secrets() reads'],
    ['SELECT * FROM duckdb_settings()', 'duckdb_settings() reads'],
    ['SELECT * FROM information_schema.tables', 'named with a schema'],
    ['SELECT * FROM main.input_data', 'named with a schema'],
    ['SELECT * FROM sqlite_master', 'there is no relation "sqlite_master"'],
    ['SELECT * FROM staged_0', 'there is no relation "staged_0"'],
    ["SELECT * FROM query('SELECT 1')", 'query() reads'],
    ["SELECT getenv('HOME') AS x", 'getenv() tells about the engine'],
    ["SELECT current_setting('temp_directory') AS x", 'current_setting() tells'],
    ['SELECT (SELECT max(x) FROM (SELECT version() AS x)) AS y', 'version() tells'],
    ['WITH a AS (SELECT 1 AS n) SELECT * FROM (WITH b AS (SELECT 2 AS n) SELECT * FROM b), b', 'there is no relation "b"'],
    ['SELECT 1 WHERE 1 IN (SELECT n FROM other)', 'there is no relation "other"'],
    ['SUMMARIZE input_data', 'tell about the engine'],
    ['SELECT $1 AS x', 'parameters are written :name'],
    ["SELECT repeat('x', 2000000000) AS x", 'repeat() makes a value of more than 100000 items'],
    ["SELECT repeat(rpad('x', 5000, 'y'), 50 * 100) AS x", 'rpad() makes a value'],
    ['SELECT list_sum(range(1000000000)) AS x', 'range() makes a value'],
    ['SELECT len(generate_series(5, 1000000000)) AS x', 'generate_series() makes a value'],
    ['SELEC 1', 'it is no SQL'],
    ['', 'Too small'],
    [' ; ', 'it has to be one statement'],
    ['SELECT nothing FROM input_data', 'Binder Error: Referenced column "nothing" not found'],
  ])('refuses %j', async (query, reason) => {
    await expect(bench.sql(query)).rejects.toThrow(reason);
  });

  it('makes values and rows of any ordinary size', async () => {
    const query = `SELECT length(lpad(crop, 20, '.')) AS n, len(range(1700000000, 1700003600, 60)) AS minutes, len(repeat('-', 80)) AS dashes,
      (SELECT count(*) FROM range(300000)) AS made FROM input_data WHERE tray_id = 11`;
    expect((await bench.sql(query)).cells).toEqual([[20, 60, 80, 300_000]]);
  });

  it('names every reason at once', async () => {
    await expect(bench.sql("SELECT getenv('A'), version() FROM read_csv('x'), elsewhere")).rejects.toMatchObject({
      faults: [/getenv/, /version/, /read_csv/, /elsewhere/].map((reason) => ({
        path: 'steps.0.config.sql_query',
        message: expect.stringMatching(reason) as string,
      })),
    });
  });

  it('fails a query that wants more memory than there is, naming the limit', async () => {
    const query = 'SELECT list(a.range * b.range) AS l FROM range(100000) a, range(1000) b';
    await expect(bench.sql(query)).rejects.toMatchObject({
      code: 'transform-failed',
      message: expect.stringMatching(/Out of Memory Error.*256\.0 MiB/) as string,
    });
  });

  it.each([
    'SELECT tray_id, bay AS tray_id FROM input_data',
    'SELECT 1 AS a, 2 AS "A"',
    'SELECT i.*, j.bay FROM input_data i, input_data j',
  ])('refuses columns of the same name: %s', async (query) => {
    await expect(bench.sql(query)).rejects.toThrow('DUPLICATE_COLUMN');
  });

  it('accepts common tables, also one called input_data, and recursion', async () => {
    const query = `WITH RECURSIVE input_data AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM input_data WHERE n < 3) SELECT n FROM input_data`;
    expect((await bench.sql(query)).cells.flat()).toEqual([1, 2, 3]);
  });

  it('gives every type of the engine one of ours', async () => {
    const { columns, rows } = await bench.sql(`SELECT 1::utinyint AS a, 1.50 AS b, 2.5::float AS c, true AS d, DATE '2020-01-02' AS e,
      TIMESTAMP '2020-01-02 03:04:05' AS f, TIMESTAMPTZ '2020-01-02 03:04:05+02' AS g, [1, 2] AS h, {'k': 'v'} AS i, '{"a":[]}'::json AS j,
      'x'::blob AS k, TIME '01:02:03' AS l, NULL AS m, 7::hugeint AS n, '5b1dbb0f-a64a-4c43-a1b5-9b5e3e9d2a11'::uuid AS o`);
    expect(columns.map(({ type }) => type)).toEqual([
      ...['integer', 'decimal', 'float', 'boolean', 'date', 'timestamp', 'timestamptz', 'json', 'json', 'json', 'bytes', 'string'],
      ...['integer', 'integer', 'uuid'],
    ]);
    expect(rows[0]).toMatchObject({
      a: 1,
      b: '1.50',
      f: '2020-01-02T03:04:05',
      g: '2020-01-02T01:04:05Z',
      h: [1, 2],
      i: { k: 'v' },
      j: { a: [] },
    });
    expect(rows[0]).toMatchObject({ k: '\\x78', l: '01:02:03', m: null });
  });

  it('fails instead of losing digits of a sum', async () => {
    await expect(bench.sql('SELECT SUM(9223372036854775807) AS s FROM input_data')).rejects.toMatchObject({ code: 'transform-failed' });
  });

  it('lets later steps ask for earlier ones by name', async () => {
    const { cells } = await bench.chain([
      { kind: 'sql', name: 'big', config: { sqlQuery: 'SELECT tray_id, seeds FROM input_data WHERE seeds > 20' } },
      { kind: 'config', config: { filter: { tray_id: { '<': 15 } } } },
      { kind: 'sql', config: { sql_query: 'SELECT (SELECT COUNT(*) FROM big) AS b, (SELECT COUNT(*) FROM input_data) AS i' } },
    ]);
    expect(cells).toEqual([[3, 2]]);
  });

  it('names all faults of all steps, and lets unknown keys pass when asked', async () => {
    const steps = [{ kind: 'sql', config: { sql_query: 'SELECT 1 AS a', other: 1 } }, { kind: 'sql', config: {} }, { kind: 'x' }];
    await expect(bench.chain(steps)).rejects.toMatchObject({
      faults: [
        { path: 'steps.0.config.other', message: 'there is no such key' },
        { path: 'steps.1.config.sql_query', message: 'Field required' },
        { path: 'steps.2.kind', message: 'there is no kind x; expected one of none, sql, config' },
      ],
    });
    const lax = [{ kind: 'sql', config: { sql_query: 'SELECT 1 AS a', other: 1, strict: false } }];
    expect((await bench.chain(lax)).cells).toEqual([[1]]);
  });
});
