import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Column, ColumnType } from '@app/platform';
import { DuckDbEngine, parquetSource, type Plan, type TransformResult } from '@app/transform';
import { tableSchemaSchema, type TableSchema } from '@app/validation';
import { withOutputSchema } from './schema-check';

const never = new AbortController().signal;
const LENIENT = { strict: false, allowExtraColumns: true };
const STRICT = { strict: true, allowExtraColumns: true };

const schema = (...columns: object[]): TableSchema => tableSchemaSchema.parse({ version: 3, columns });
const GARDEN = schema(
  { name: 'tray_id', dtype: 'int', nullable: false },
  { name: 'grade', dtype: 'string', default: 'B' },
  { name: 'seeds', dtype: 'integer', default: 0 },
  { name: 'grams', dtype: 'double' },
);

describe('withOutputSchema (duckdb)', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-schema-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const engine = (): DuckDbEngine =>
    new DuckDbEngine({ memoryLimitBytes: 128 * 1024 ** 2, threads: 1, spillRoot: join(folder, 'spill'), timeoutMs: 60_000 });

  /** Checks the rows of a query whose columns are given as `name:type`. */
  async function check(sql: string, names: string, against: TableSchema, options = LENIENT) {
    const columns = names.split(',').map((cell): Column => {
      const [name = '', type = 'string'] = cell.split(':');
      return { name, type: type as ColumnType };
    });
    const outputs = [{ table: { name: 't', columns }, relation: 'r' }];
    const plan: Plan = { relations: [{ kind: 'sql', name: 'r', sql }], outputs, checks: [], issues: [], lineage: [], reports: {} };
    const result = await engine().run(withOutputSchema(plan, against, options), { workDir: folder }, join(folder, 'out'), {
      signal: never,
      progress: () => undefined,
    });
    return { shape: shapeOf(result), rows: await rowsOf(result), issues: result.issues.map(({ message }) => message) };
  }

  const shapeOf = ({ tables }: TransformResult): string => tables[0]!.table.columns.map(({ name, type }) => `${name} ${type}`).join(', ');
  async function rowsOf({ tables }: TransformResult): Promise<string[]> {
    const { bytes, done } = engine().copyRows(parquetSource(tables[0]!.path), tables[0]!.table.columns, never);
    let text = '';
    for await (const chunk of bytes) text += String(chunk);
    await done;
    return text.split('\n').slice(0, -1);
  }

  const TRAYS = `select * from (values (12.5, 11, 40, 'N1'), (7.25, 12, null, 'N1'), (null, 13, 25, 'S2'), (3, 14, 10, null), (8, 15, 25, 'S2'))`;
  const TRAY_COLUMNS = 'grams:float,tray_id:integer,seeds:integer,bay';

  it('gives the columns of the schema their order, types and defaults (C-58)', async () => {
    expect(await check(TRAYS, TRAY_COLUMNS, GARDEN)).toEqual({
      shape: 'tray_id integer, grade string, seeds integer, grams float, bay string',
      rows: ['11,B,40,12.5,N1', '12,B,0,7.25,N1', '13,B,25,,S2', '14,B,10,3.0,', '15,B,25,8.0,S2'],
      issues: [`Missing columns were added: {'grade'}`],
    });
  });

  it('refuses missing columns when strict (C-59)', async () => {
    await expect(check(TRAYS, TRAY_COLUMNS, GARDEN, STRICT)).rejects.toThrow(/Missing required columns: .*grade/);
  });

  it('counts what it cannot convert, by column (C-60)', async () => {
    const { rows, issues } = await check(`select * from (values ('5', '1.5'), ('6', 'bad'))`, 'tray_id,grams', GARDEN);
    expect(rows).toEqual(['5,B,0,1.5', '6,B,0,']);
    expect(issues).toEqual([expect.stringContaining('Missing'), '1 failed conversion to float in column "grams"']);
  });

  it('refuses what it cannot convert, and nulls that are not allowed, when strict (C-61)', async () => {
    const two = schema({ name: 'tray_id', dtype: 'int', nullable: false }, { name: 'grams', dtype: 'float' });
    const failing = (values: string) => check(`select * from (values ${values})`, 'tray_id,grams', two, STRICT);
    await expect(failing(`('5', 'bad')`)).rejects.toThrow(/Schema validation failed: 1 failed conversion to float in column "grams"/);
    await expect(failing(`(null, '1')`)).rejects.toThrow(/Schema validation failed: 1 null in column "tray_id", which is not nullable/);
    expect((await check(`select null, '1'`, 'tray_id,grams', two)).issues).toEqual(['1 null in column "tray_id", which is not nullable']);
  });

  it('reads booleans by their words (C-62)', async () => {
    const { rows, issues } = await check(
      `select * from (values ('false', 1), ('true', 2), ('', 3), ('YES', 4), ('0', 5), (null, 6))`,
      'b,n:integer',
      schema({ name: 'b', dtype: 'bool' }, { name: 'n', dtype: 'int' }),
    );
    expect(rows).toEqual(['false,1', 'true,2', ',3', 'true,4', 'false,5', ',6']);
    expect(issues).toEqual(['1 failed conversion to boolean in column "b"']);
  });

  it('evolves rows to a later schema (C-65)', async () => {
    const v2 = schema({ name: 'a', dtype: 'float' }, { name: 'c', dtype: 'int', default: 7 });
    const result = await check(`select 1, 'x', 0`, 'a:integer,b,extra:integer', v2, { strict: false, allowExtraColumns: false });
    expect([result.shape, result.rows]).toEqual(['a float, c integer', ['1.0,7']]);
  });

  it.each([
    ['string', `'9223372036854775807'`, 'integer', '9223372036854775807'],
    ['string', `' 1.0 '`, 'integer', '1'],
    ['float', '1.9', 'integer', ''],
    ['decimal', '2.0', 'integer', '2'],
    ['timestamp', `timestamp '2025-04-02 08:00:00'`, 'date', ''],
    ['timestamp', `timestamp '2025-04-02 00:00:00'`, 'date', '2025-04-02'],
    ['date', `date '2025-04-02'`, 'timestamp', '2025-04-02 00:00:00'],
    ['string', `'nonsense'`, 'timestamp', ''],
    ['boolean', 'true', 'string', 'true'],
    ['string', `'{"a":1}'`, 'json', '"{""a"":1}"'],
    ['integer', '5', 'json', '5'],
    ['boolean', 'true', 'date', ''],
  ])('converts %s %s to %s without loss', async (from, value, to, expected) => {
    const target = schema({ name: 'v', dtype: to }, { name: 'n', dtype: 'int' });
    expect(
      (
        await check(
          `select cast(${value} as ${from === 'string' ? 'varchar' : from === 'float' ? 'double' : from}), 1`,
          `v:${from},n:integer`,
          target,
        )
      ).rows,
    ).toEqual([`${expected},1`]);
  });
});
