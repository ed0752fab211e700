import type { Sample } from '../preview/sample-stream';
import { NO_TRAYS, TransformBench } from '../testing/trays';

const ALL = ['tray_id', 'crop', 'bay', 'seeds', 'grams', 'sown_on', 'alive'];

describe('config transform (DuckDB)', () => {
  let bench: TransformBench;
  beforeAll(async () => {
    bench = await TransformBench.create();
  });
  afterAll(() => bench.remove());

  const ids = async (config: object): Promise<unknown> => (await bench.config(config)).rows.map((row) => row.tray_id);
  const column = async (config: object, name: string, sample?: Sample): Promise<unknown[]> =>
    (await bench.config(config, sample)).rows.map((row) => row[name]);

  it('C-38: selects columns in order and warns of those that are missing', async () => {
    const { names, total, issues } = await bench.config({ select: ['grams', 'tray_id', 'colour'] });
    expect(names).toEqual(['grams', 'tray_id']);
    expect(total).toBe(5);
    expect(issues).toEqual([
      expect.objectContaining({ severity: 'warning', column: 'colour', message: expect.stringContaining('"colour"') }),
    ]);
  });

  it('C-39: filters by renamed columns and ignores unknown old names', async () => {
    const config = { select: ['tray_id', 'crop'], rename: { crop: 'plant', zzz: 'q' }, filter: { plant: 'Basil' } };
    const { names, cells } = await bench.config(config);
    expect(names).toEqual(['tray_id', 'plant']);
    expect(cells).toEqual([
      [11, 'Basil'],
      [14, 'Basil'],
    ]);
  });

  it.each([
    ['C-40: joins operators by and', { seeds: { '>=': 10, '<': 40 } }, [13, 14, 15]],
    ['C-41: lets missing cells pass !=', { bay: { '!=': 'N1' } }, [13, 14, 15]],
    ['C-42: lets missing cells pass not_in', { bay: { not_in: ['S2'] } }, [11, 12, 14]],
    ['C-43: finds regular expressions', { crop: { contains: '^[BD]' } }, [11, 14, 15]],
    ['C-44: joins columns by and', { seeds: { is_not_null: true }, bay: { is_null: true } }, [14]],
    ['matches nothing with null', { bay: null }, []],
    ['keeps missing cells out of not_in with null', { bay: { not_in: ['S2', null] } }, [11, 12]],
    ['finds missing cells by in with null', { bay: { in: ['N1', null] } }, [11, 12, 14]],
    ['finds no text among numbers', { seeds: '25' }, []],
    ['takes a number for unequal to a text', { seeds: { '!=': '25' } }, [11, 12, 13, 14, 15]],
    ['compares times with ISO text', { sown_on: { '>=': '2025-04-03', '<': '2025-05-20T00:00:01' } }, [12, 14]],
    ['compares fractions with integers', { seeds: { '>': 24.5 }, grams: { '<=': 8 } }, [15]],
    ['ignores the operand of is_null', { bay: { is_null: false } }, [14]],
    ['finds booleans', { alive: true }, [11, 13, 15]],
    ['finds members of several kinds', { seeds: { in: ['x', 25, 10.0] } }, [13, 14, 15]],
  ])('%s', async (_, filter, expected) => {
    expect(await ids({ filter })).toEqual(expected);
  });

  it('C-45: filters by a column that is not selected', async () => {
    const { names, cells } = await bench.config({ select: ['tray_id'], filter: { bay: 'N1' } });
    expect(names).toEqual(['tray_id']);
    expect(cells).toEqual([[11], [12]]);
  });

  it('reads is_null: false as "is not null" from version 2 on', async () => {
    expect(await ids({ version: 2, filter: { bay: { is_null: false } } })).toEqual([11, 12, 13, 15]);
  });

  it.each([
    ['C-46', { filter: { colour: 'red' } }, 'filter.colour', 'UNKNOWN_COLUMN'],
    ['C-47', { filter: { seeds: { between: [1, 2] } } }, 'filter.seeds.between', 'there is no such key'],
    [
      'C-52',
      { select: ['tray_id', 'grams'], rename: { grams: 'w' }, add_columns: { g2: 'grams * 2' } },
      'add_columns.g2',
      'UNKNOWN_COLUMN: there is no column "grams"',
    ],
    ['C-57', { add_columns: { x: { expr: "constructor.constructor('x')()" } } }, 'add_columns.x', 'no expression'],
    ['a list as a condition', { filter: { bay: ['N1'] } }, 'filter.bay', 'use {"in": […]}'],
    ['a condition without operator', { filter: { bay: {} } }, 'filter.bay', 'at least one operator'],
    ['an order of text and numbers', { filter: { crop: { '>': 5 } } }, 'filter.crop', 'no common order'],
    ['contains on numbers', { filter: { seeds: { contains: '4' } } }, 'filter.seeds', 'needs a text column'],
    ['a broken regular expression', { filter: { crop: { contains: '(' } } }, 'filter.crop.contains', 'no regular expression'],
    ['text that is no time', { filter: { sown_on: { '>': 'spring' } } }, 'filter.sown_on', 'no ISO date or time'],
    ['no column at all', { select: ['colour'] }, 'select', 'NO_COLUMNS'],
    ['no column left', { drop_columns: ALL }, 'drop_columns', 'NO_COLUMNS'],
    ['two columns of a name', { rename: { crop: 'bay' } }, 'rename', 'DUPLICATE_COLUMN'],
    ['a list as a column', { add_columns: { x: [1, 2] } }, 'add_columns.x', 'expected a value'],
    ['an object as a column', { add_columns: { x: { expr: 1 } } }, 'add_columns.x.expr', 'expected string'],
    ['an unknown function', { add_columns: { x: 'mean(grams)' } }, 'add_columns.x', 'there is no function mean'],
    ['an unknown method', { add_columns: { x: 'grams.cumsum()' } }, 'add_columns.x', 'there is no .cumsum'],
    [
      'upper on numbers',
      { transformations: [{ type: 'apply', column: 'seeds', function: 'upper' }] },
      'transformations.0',
      'needs a text column',
    ],
    [
      'an unknown function of apply',
      { transformations: [{ type: 'apply', column: 'crop', function: 'title' }] },
      'transformations.0.function',
      'Invalid option',
    ],
    [
      'an unknown step',
      { transformations: [{ type: 'drop', column: 'crop' }] },
      'transformations.0.type',
      'expected a step of type map or apply',
    ],
    [
      'an unknown column of a step',
      { transformations: [{ type: 'map', column: 'x', mapping: {} }] },
      'transformations.0',
      'UNKNOWN_COLUMN',
    ],
    [
      'values of several types',
      { transformations: [{ type: 'map', column: 'crop', mapping: { a: 1, b: 'x' } }] },
      'transformations.0',
      'no common type',
    ],
    ['an unknown aggregate', { aggregations: { aggregate: { m: 'MEDIAN(grams)' } } }, 'aggregations.aggregate.m', 'is none of'],
    ['an average of text', { aggregations: { aggregate: { m: 'AVG(crop)' } } }, 'aggregations.aggregate.m', 'needs numbers'],
    ['an unknown group', { aggregations: { group_by: ['x'], aggregate: { n: 'COUNT(*)' } } }, 'aggregations.group_by.0', 'UNKNOWN_COLUMN'],
    ['an unknown key', { sorted: [] }, 'sorted', 'there is no such key'],
    ['an impossible cast', { cast: { sown_on: 'float' } }, 'cast.sown_on', 'timestamp cannot be read as float'],
    ['an unknown type', { cast: { seeds: 'category' } }, 'cast.seeds', 'expected one of'],
    ['a path', { config: '/etc/steps.yaml' }, 'config', 'a path to a file is not accepted'],
  ])('%s is refused', async (_, config, path, message) => {
    const failure: unknown = await bench.config(config).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'transform-invalid',
      faults: [{ path: `steps.0.config.${path}`, message: expect.stringContaining(message) }],
    });
  });

  it('names all faults at once', async () => {
    const config = {
      filter: { colour: 'red', crop: { '<': 1 } },
      add_columns: { a: 'grams + crop', b: { expr: '1 +' } },
      sort: ['nothing'],
    };
    const failure: unknown = await bench.config(config).catch((error: unknown) => error);
    const paths = ['filter.colour', 'filter.crop', 'add_columns.a', 'add_columns.b', 'sort.0'];
    expect(failure).toMatchObject({ faults: paths.map((path) => ({ path: `steps.0.config.${path}` })) });
  });

  it('lets unknown keys pass with strict: false, at any depth, also inside config', async () => {
    const config = { config: { strict: false, later: 1, filter: { seeds: { between: [1, 2], '>': 25 } } } };
    expect(await ids(config)).toEqual([11]);
  });

  it('C-48: computes columns from earlier ones', async () => {
    const config = { select: ['tray_id', 'seeds', 'grams'], add_columns: { mg: 'grams * 1000 / seeds', mg2: 'mg * 2', n: 3 } };
    const { rows, columns } = await bench.config(config);
    expect(rows.map((row) => [row.tray_id, row.mg, row.mg2, row.n])).toEqual([
      [11, 312.5, 625, 3],
      [12, null, null, 3],
      [13, null, null, 3],
      [14, 300, 600, 3],
      [15, 320, 640, 3],
    ]);
    expect(columns.slice(3).map(({ type }) => type)).toEqual(['float', 'float', 'integer']);
  });

  it('C-49: compares to true or false, and stores plain text', async () => {
    const config = { add_columns: { heavy: 'grams > 7.5', season: 'spring' } };
    expect(await column(config, 'heavy')).toEqual([true, false, false, false, true]);
    expect(await column(config, 'season')).toEqual(Array(5).fill('spring'));
  });

  it('C-50: extracts fields of times', async () => {
    expect(await column({ add_columns: { y: 'EXTRACT(YEAR FROM sown_on)' } }, 'y')).toEqual([2025, 2025, null, 2025, 2025]);
  });

  it('C-51: divides down and takes the sign of the divisor', async () => {
    const config = { add_columns: { k: 'tray_id // 4', r: '(0 - tray_id) % 4' } };
    expect(await column(config, 'k')).toEqual([2, 3, 3, 3, 3]);
    expect(await column(config, 'r')).toEqual([1, 0, 3, 2, 1]);
  });

  it('C-53: applies functions and maps', async () => {
    const transformations = [
      { type: 'apply', column: 'crop', function: 'upper' },
      { type: 'map', column: 'crop', mapping: { BASIL: 'B', DILL: 'D' } },
    ];
    expect(await column({ transformations }, 'crop')).toEqual(['B', null, null, 'B', 'D']);
  });

  it('C-54: aggregates by group under the names given', async () => {
    const aggregate = {
      total_seeds: 'SUM(seeds)',
      mean_g: 'AVG(grams)',
      weighed: 'COUNT(grams)',
      rows: 'COUNT(*)',
      first_sown: 'MIN(sown_on)',
    };
    const { names, cells } = await bench.config({ aggregations: { group_by: ['bay'], aggregate } });
    expect(names).toEqual(['bay', 'total_seeds', 'mean_g', 'weighed', 'rows', 'first_sown']);
    expect(cells).toEqual([
      ['N1', 40, 9.875, 2, 2, '2025-04-02T08:00:00'],
      ['S2', 50, 8, 1, 2, '2025-05-21T00:00:00'],
    ]);
  });

  it('C-55: names aggregates as the original did when asked', async () => {
    const aggregations = { group_by: ['bay'], aggregate: { a: 'SUM(seeds)', b: 'MIN(sown_on)' }, naming: 'legacy' };
    expect((await bench.config({ aggregations })).names).toEqual(['bay', 'seeds_sum', 'sown_on_min']);
  });

  it('C-56: aggregates the whole set to one row, also when it is empty', async () => {
    const config = {
      aggregations: { aggregate: { trays: 'COUNT(*)', s: 'SUM(seeds)', d: 'count( distinct bay )', m: 'Average (grams)' } },
    };
    expect((await bench.config(config)).cells).toEqual([[5, 100, 2, 7.6875]]);
    expect((await bench.config(config, NO_TRAYS)).cells).toEqual([[0, 0, 0, null]]);
  });

  it('C-57: stores what is no expression as text, and reaches nothing of the host', async () => {
    const config = { add_columns: { x: '@pd', y: '__proto__', z: { value: 'grams' } } };
    const { rows } = await bench.config(config);
    expect(rows[0]).toMatchObject({ x: '@pd', y: '__proto__', z: 'grams' });
  });

  it('keeps groups without a key when asked, at the end', async () => {
    const aggregations = { group_by: 'bay', aggregate: { n: 'COUNT(*)', crops: 'SUM(crop)', ok: 'SUM(alive)' }, null_groups: 'keep' };
    expect((await bench.config({ aggregations })).cells).toEqual([
      ['N1', 2, 'Basilchard', 1],
      ['S2', 2, 'Dill', 2],
      [null, 1, 'Basil', 0],
    ]);
  });

  it('keeps the columns of an extract without rows', async () => {
    const { names, total } = await bench.config({ select: ['seeds'], add_columns: { a: 'seeds / 2' } }, NO_TRAYS);
    expect(names).toEqual(['seeds', 'a']);
    expect(total).toBe(0);
  });

  it('stores a faulty expression as text when asked, and warns', async () => {
    const { rows, issues } = await bench.config({ add_columns: { x: 'colour + grams' }, on_expression_error: 'literal' });
    expect(rows[0]).toMatchObject({ x: 'colour + grams' });
    expect(issues).toEqual([expect.objectContaining({ rule: 'expression', column: 'x' })]);
    await expect(bench.config({ add_columns: { x: 'spring' }, on_expression_error: 'fail' })).rejects.toThrow('UNKNOWN_COLUMN');
  });

  it('maps numbers by value and booleans by name, to values of any one type', async () => {
    const transformations = [
      { type: 'map', column: 'grams', mapping: { '3': 1, '12.50': 2, x: 9 } },
      { type: 'map', column: 'alive', mapping: { true: 'yes', False: 'no' } },
    ];
    expect(await column({ transformations }, 'grams')).toEqual([2, null, null, 1, null]);
    expect(await column({ transformations }, 'alive')).toEqual(['yes', 'no', 'yes', null, 'yes']);
  });

  it('computes long chains of columns without repeating work', async () => {
    const added = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`c${n}`, n === 0 ? 'tray_id % 7' : `(c${n - 1} + c${n - 1}) % 1000`]),
    );
    const { rows, sql } = await bench.config({ add_columns: added });
    expect(rows[0]?.c39).toBe(Number((4n * 2n ** 39n) % 1000n));
    expect(sql.reduce((size, each) => size + each.sql.length, 0)).toBeLessThan(100_000);
  });
});
