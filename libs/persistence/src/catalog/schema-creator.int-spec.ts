import type { TableShape } from '@app/platform';
import { TestWarehouse } from '../../test/test-warehouse';
import { Catalog } from './catalog';
import { SchemaCreator } from './schema-creator';

const PATIENT: TableShape = {
  name: 'Patient',
  columns: [
    { name: 'patientId', type: 'integer' },
    { name: 'Born "on"', type: 'date' },
  ],
};
const VISIT: TableShape = { name: 'visit', columns: [{ name: 'weight', type: 'float' }] };
const unchanged = { created: [], addedColumns: [], differences: [] };

describe('SchemaCreator (postgres)', () => {
  let test: TestWarehouse;
  let creator: SchemaCreator;
  let catalog: Catalog;
  beforeAll(async () => {
    test = await TestWarehouse.create();
    creator = new SchemaCreator(test.warehouse);
    catalog = new Catalog(test.warehouse);
  });
  afterAll(() => test.drop());

  it('creates schema and tables once, then only what was added (M7)', async () => {
    expect(await creator.ensure('trial', [PATIENT])).toEqual({ ...unchanged, created: ['Patient'] });
    expect(await creator.ensure('trial', [PATIENT, VISIT])).toEqual({ ...unchanged, created: ['visit'] });
    expect(await creator.ensure('trial', [PATIENT, VISIT])).toEqual(unchanged);
    const columns = (await catalog.list('trial')).map(({ name, columns }) => [
      name,
      columns.map((column) => `${column.name} ${column.type}`),
    ]);
    expect(columns).toEqual([
      ['Patient', ['patientId bigint', 'Born "on" date']],
      ['visit', ['weight double precision']],
    ]);
  });

  it('adds missing columns, keeps the rows, and reports what differs without touching it', async () => {
    await test.pool.query(`create table grown (id integer, name varchar(40), spare text); insert into grown values (1, 'old')`);
    const shape: TableShape = {
      name: 'grown',
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'name', type: 'string' },
        { name: 'seen_at', type: 'timestamptz' },
      ],
    };
    expect(await creator.ensure('public', [shape])).toEqual({
      created: [],
      addedColumns: ['grown.seen_at'],
      differences: [
        { table: 'grown', column: 'id', expected: 'bigint', actual: 'integer' },
        { table: 'grown', column: 'spare', expected: null, actual: 'text' },
      ],
    });
    expect(await test.rows('select * from grown')).toEqual([{ id: 1, name: 'old', spare: null, seen_at: null }]);
  });

  it('creates once when several processes start together', async () => {
    const shapes = Array.from({ length: 5 }, (_, index): TableShape => ({ ...VISIT, name: `together_${index}` }));
    const changes = await Promise.all([1, 2, 3, 4].map(() => creator.ensure('together', shapes)));
    expect(changes.map(({ created }) => created.length).sort()).toEqual([0, 0, 0, 5]);
  });

  it('refuses duplicates and unusable names, all at once, before any SQL runs', async () => {
    const columns = [...VISIT.columns, ...VISIT.columns, { name: 'bell\u0007', type: 'string' as const }];
    const error: unknown = await creator
      .ensure('refused', [PATIENT, PATIENT, { name: 'twice', columns }])
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'definition-invalid', details: { problems: expect.any(Array) } });
    expect(String(error)).toMatch(
      /Table "Patient" is described twice.*"bell\\u0007" holds a control character.*"twice" has the column "weight" twice/,
    );
    expect(await test.rows(`select from pg_namespace where nspname = 'refused'`)).toEqual([]);
  });

  it('says so when something else has the name of a table', async () => {
    await test.pool.query('create view occupied as select 1 as weight');
    await expect(creator.ensure('public', [{ ...VISIT, name: 'occupied' }])).rejects.toMatchObject({
      code: 'load-failed',
      message: expect.stringContaining('not an ordinary table'),
    });
  });

  it('finds a table by its exact name only', async () => {
    await creator.ensure('trial', [PATIENT]);
    expect(await catalog.find('trial', 'patient')).toBeNull();
    expect(await catalog.find('trial', 'Patient')).toMatchObject({ schema: 'trial', name: 'Patient' });
    expect(await catalog.list('nowhere')).toEqual([]);
  });
});
