import { definitionSchema } from '../definitions/definition';
import { dropFaults, withDropDefaults } from './drop-definition';

const CONFIG = {
  bucket: 'drops',
  source: 'client',
  destination: 'processed',
  directory: 'orchard',
  doc: 'orchard-export.*',
  schema: 'orchard',
  truncate: true,
  delim: '|',
  files: { trees: { dbtable: 'tree', column_count: 1, columns: ['id'] } },
};
const documentOf = (config: object, rest: object = {}) => ({ name: 'orchard', source: { kind: 'drop', config }, ...rest });

describe('withDropDefaults', () => {
  it('says where an original configuration loads, and that a drop replaces what is there', () => {
    const { target, load } = definitionSchema.parse(withDropDefaults(documentOf(CONFIG)));
    expect(target).toEqual({ kind: 'postgres', schema: 'orchard' });
    expect(load).toMatchObject({ strategy: 'truncate', onEmpty: 'truncate' });
    expect(definitionSchema.parse(withDropDefaults(documentOf({ ...CONFIG, run_atomic: true }))).load).toMatchObject({ atomic: true });
  });

  it('appends, to the schema in the name of the table, in file mode', () => {
    const { schema, files, ...common } = CONFIG;
    const file = { ...common, truncate: false, dbtable: 'mart.reading', column_count: 1, columns: ['a'], post_sql: 'select 1' };
    const { target, load } = definitionSchema.parse(withDropDefaults(documentOf(file)));
    expect([schema, Object.keys(files), target.schema]).toEqual(['orchard', ['trees'], 'mart']);
    expect(load).toMatchObject({ strategy: 'append', afterSql: 'select 1' });
  });

  it('gives Redshift tables the owner and the readers that they always had', () => {
    const target = { kind: 'redshift', connection: 'cluster', iam_role: 'arn:aws:iam::1:role/load' };
    expect(definitionSchema.parse(withDropDefaults(documentOf({ ...CONFIG, target }))).target).toEqual({
      kind: 'redshift',
      schema: 'orchard',
      connection: 'cluster',
      owner: 'microservice',
      grants: [
        { privilege: 'select', to: 'looker' },
        { privilege: 'select', to: 'datamodeling' },
      ],
      redshift: { bucket: 'drops', prefix: 'processed/batch/', iamRole: 'arn:aws:iam::1:role/load' },
    });
  });

  it('leaves what a document says itself, a faulty configuration, and documents of other sources', () => {
    const own = documentOf(CONFIG, { target: { schema: 'other' }, load: { strategy: 'replace' } });
    expect(definitionSchema.parse(withDropDefaults(own))).toMatchObject({ target: { schema: 'other' }, load: { strategy: 'replace' } });
    const faulty = documentOf({ ...CONFIG, bucket: 7 });
    expect(withDropDefaults(faulty)).toBe(faulty);
    const other = { name: 'a', source: { kind: 'redcap' } };
    expect(withDropDefaults(other)).toBe(other);
  });
});

describe('dropFaults', () => {
  const { schema, files, ...common } = CONFIG;
  const merged = { ...common, dbtable: `${schema}.tree`, column_count: files.trees.column_count, columns: ['id'], sql_query: 'merge.sql' };

  it('refuses a file of SQL that nobody hands over, instead of loading without it', () => {
    expect(dropFaults(documentOf({ ...merged, ldb_sku: true }))).toMatchObject([{ path: 'source.config.sql_query' }]);
  });

  it('has nothing against one whose text came along, or that is not switched on', () => {
    expect(dropFaults(documentOf({ ...merged, ldb_sku: true }, { load: { afterSql: 'select 1' } }))).toEqual([]);
    expect(dropFaults(documentOf(merged))).toEqual([]);
    expect(dropFaults({ name: 'a', source: { kind: 'redcap' } })).toEqual([]);
  });
});
