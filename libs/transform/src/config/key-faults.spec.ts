import { keyFaults } from './key-faults';

const pathsOf = (config: object): string[] => keyFaults(config, ['id', 'bay']).map(({ path }) => path);

describe('keyFaults', () => {
  it.each([
    ['select', { select: ['id', 'qty'] }, ['select']],
    ['rename, from and to', { rename: { id: 'nr', crop: 'bay' } }, ['rename.id', 'rename.crop']],
    ['add_columns', { add_columns: { id: 1, other: 'id' } }, ['add_columns.id']],
    ['drop_columns', { drop_columns: ['bay'] }, ['drop_columns']],
    ['transformations', { transformations: [{ type: 'apply', column: 'qty', function: 'upper' }, { type: 'map', column: 'bay', mapping: {} }] }, ['transformations.1.column']], // prettier-ignore
    ['aggregations', { aggregations: { group_by: 'id', aggregate: { n: 'COUNT(qty)' } } }, ['aggregations.group_by']],
    ['nested steps', { config: { drop_columns: ['id'] } }, ['config.drop_columns']],
  ])('finds keys that do not stay as they are: %s', (_what, config, paths) => {
    expect(pathsOf(config)).toEqual(paths);
  });

  it.each([
    ['rows that are filtered and other columns that change', { filter: { id: { '>': 1 } }, rename: { qty: 'n' }, add_columns: { m: 'qty' }, drop_columns: ['crop'] }], // prettier-ignore
    ['groups by the keys', { aggregations: { group_by: ['bay', 'id'], aggregate: { n: 'COUNT(qty)' } } }],
    ['a document that is wrong itself, which is told elsewhere', { rename: 3 }],
  ])('has nothing against %s', (_what, config) => {
    expect(pathsOf(config)).toEqual([]);
  });
});
