import { definitionSchema } from './definition';

const faults = (load: object, target: object = { kind: 'redshift' }): string[] =>
  (definitionSchema.safeParse({ name: 'orchard', source: { kind: 'drop' }, target, load }).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

describe('A definition for Redshift', () => {
  it('may replace rows and add them', () => {
    expect(faults({})).toEqual([]);
    expect(faults({ strategy: 'truncate', tables: { tree: { strategy: 'append' } } })).toEqual([]);
  });

  it('is told at once of all that Redshift cannot do', () => {
    expect(faults({ proof: 'hash', evolution: 'evolve', tables: { tree: { strategy: 'scd2', keys: ['id'], indexes: [['id']] } } })).toEqual(
      [
        'load.proof: content is not compared in Redshift',
        'load.evolution: tables are never changed in Redshift',
        'load.tables.tree.strategy: scd2 is not possible in Redshift',
        'load.tables.tree.indexes: there are no indexes in Redshift',
      ],
    );
  });

  it('leaves other targets alone', () => {
    expect(faults({ strategy: 'upsert', keys: ['id'], evolution: 'evolve', proof: 'hash' }, { kind: 'postgres' })).toEqual([]);
  });
});
