import type { Column } from '@app/platform';
import { conform } from './conform';
import { compareSchemas, compatibilityOf } from './schema-comparison';
import { schemaTypeOf } from './schema-type';
import { tableSchemaSchema, type TableSchema } from './table-schema';

const schema = (version: number, columns: readonly object[]): TableSchema => tableSchemaSchema.parse({ version, columns });
const GARDEN = schema(3, [
  { name: 'tray_id', dtype: 'int', nullable: false },
  { name: 'grade', dtype: 'string', default: 'B' },
  { name: 'seeds', dtype: 'integer', default: 0 },
  { name: 'grams', dtype: 'double' },
]);
const columns = (...names: string[]): Column[] => names.map((name) => ({ name, type: 'string' }));

describe('a table schema', () => {
  it('takes the names of types that people and the old platform use', () => {
    expect(['STR', 'Int', 'int64', 'double', 'bool', 'datetime64[ns]', 'date', 'numeric', 'jsonb', 'object'].map(schemaTypeOf)).toEqual([
      ...['string', 'integer', 'integer', 'float', 'boolean', 'timestamp', 'date', 'decimal', 'json', 'string'],
    ]);
    expect(schemaTypeOf('category')).toBeNull();
  });

  it('names every fault with its place', () => {
    const parsed = tableSchemaSchema.safeParse({
      columns: [
        { name: 'a', dtype: 'category' },
        { name: '', dtype: 'int' },
      ],
      extra: 1,
    });
    expect(parsed.error?.issues.map(({ path }) => path.join('.'))).toEqual(['columns.0.dtype', 'columns.1.name', '']);
    const twice = tableSchemaSchema.safeParse({ columns: ['a', 'a'].map((name) => ({ name, dtype: 'int' })) });
    expect(twice.error?.issues[0]).toMatchObject({ path: ['columns', 1, 'name'], message: 'comes twice' });
  });
});

describe('compareSchemas', () => {
  it('lists what came, what went and what changed (C-64)', () => {
    const v1 = schema(1, [
      { name: 'a', dtype: 'int' },
      { name: 'b', dtype: 'string' },
    ]);
    const v2 = schema(2, [
      { name: 'a', dtype: 'float', nullable: false },
      { name: 'c', dtype: 'int', default: 7 },
    ]);
    expect(compareSchemas(v1, v2)).toEqual({
      added_columns: ['c'],
      removed_columns: ['b'],
      type_changes: [{ column: 'a', old_type: 'integer', new_type: 'float' }],
      nullable_changes: [{ column: 'a', old_nullable: true, new_nullable: false }],
      version_from: 1,
      version_to: 2,
    });
  });
});

describe('compatibilityOf', () => {
  const before = schema(1, [
    { name: 'a', dtype: 'int' },
    { name: 'd', dtype: 'date', nullable: false },
  ]);
  const breaking = (...after: object[]): readonly string[] => compatibilityOf(before, schema(2, after)).breaking;
  const a = { name: 'a', dtype: 'int' };
  const d = { name: 'd', dtype: 'date', nullable: false };

  it.each([
    ['a nullable column', [a, d, { name: 'n', dtype: 'json' }]],
    ['a column with a default', [a, d, { name: 'n', dtype: 'int', nullable: false, default: 0 }]],
    [
      'wider types',
      [
        { name: 'a', dtype: 'decimal' },
        { name: 'd', dtype: 'timestamp', nullable: false },
      ],
    ],
    ['text', [{ name: 'a', dtype: 'string' }, d]],
    ['nulls', [a, { name: 'd', dtype: 'date' }]],
    ['another order', [d, a]],
  ])('takes %s', (_what, after) => {
    expect(breaking(...after)).toEqual([]);
  });

  it.each([
    ['a column that goes', [a], 'column "d" is removed'],
    ['a rename', [a, { ...d, name: 'day', renamed_from: 'd' }], 'column "d" is removed'],
    ['a new column that is always missing', [a, d, { name: 'n', dtype: 'int', nullable: false }], 'new column "n" is not nullable'],
    ['a narrower type', [{ name: 'a', dtype: 'bool' }, d], 'column "a" changes from integer to boolean'],
    ['nulls that are refused', [{ ...a, nullable: false }, d], 'column "a" no longer takes nulls'],
  ])('says that %s breaks', (_what, after, reason) => {
    expect(breaking(...after)[0]).toContain(reason);
  });
});

describe('conform', () => {
  const lenient = { strict: false, allowExtraColumns: true };

  it('puts columns in order, adds those that are missing and keeps others at the end (C-58)', () => {
    const { columns: result, warnings } = conform(GARDEN, columns('grams', 'tray_id', 'seeds', 'bay'), lenient);
    expect(result.map(({ name, type, source }) => [name, type, source?.name ?? null])).toEqual([
      ['tray_id', 'integer', 'tray_id'],
      ['grade', 'string', null],
      ['seeds', 'integer', 'seeds'],
      ['grams', 'float', 'grams'],
      ['bay', 'string', 'bay'],
    ]);
    expect(warnings).toEqual([`Missing columns were added: {'grade'}`]);
  });

  it('refuses missing columns when strict (C-59)', () => {
    expect(() => conform(GARDEN, columns('grams', 'tray_id', 'seeds'), { ...lenient, strict: true })).toThrow(
      "Schema validation failed: Missing required columns: {'grade'}",
    );
  });

  it('drops extra columns that are not allowed, or refuses them when strict', () => {
    const data = columns('tray_id', 'grade', 'seeds', 'grams', 'bay');
    const { columns: result, warnings } = conform(GARDEN, data, { strict: false, allowExtraColumns: false });
    expect([result.length, warnings]).toEqual([4, [`Extra columns were dropped: {'bay'}`]]);
    expect(() => conform(GARDEN, data, { strict: true, allowExtraColumns: false })).toThrow("Extra columns not allowed: {'bay'}");
  });

  it('reads a renamed column under its former name, unless the new one is there', () => {
    const renamed = schema(2, [{ name: 'bed', dtype: 'string', renamed_from: 'bay' }]);
    const sources = (...names: string[]) =>
      conform(renamed, columns(...names), lenient).columns.map(({ name, source }) => [name, source?.name]);
    expect(sources('bay')).toEqual([['bed', 'bay']]);
    expect(sources('bay', 'bed')).toEqual([
      ['bed', 'bed'],
      ['bay', 'bay'],
    ]);
  });
});
