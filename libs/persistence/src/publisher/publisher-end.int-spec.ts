import { stage, TestWarehouse } from '../../test/test-warehouse';
import type { Publication, PublishRequest } from './publication';

/** Roles belong to the whole server, where a run that was killed leaves its own behind. */
const [KEEPER, READER] = [`yard_keeper_${process.pid}`, `yard_reader_${process.pid}`];
const stock = () => stage('stock', { id: 'integer' }, [{ id: 2 }]);

describe('What Publisher does once the rows are in (postgres)', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await TestWarehouse.create();
    await test.pool.query(`create role ${KEEPER}; create role ${READER}`);
  });
  afterAll(async () => {
    await test.pool.query(`drop schema yard cascade; drop role ${KEEPER}, ${READER}`);
    await test.drop();
  });
  beforeEach(() =>
    test.pool.query(`drop schema if exists yard cascade; create schema yard;
      create table yard.stock (id int, state text default 'new'); insert into yard.stock values (1, 'old')`),
  );

  const publish = (change: Partial<PublishRequest>): Promise<Publication> =>
    test.publish([stock()], { schema: 'yard', strategy: { kind: 'append' }, ...change });
  const rows = () => test.rows('select id, state from yard.stock order by id');

  it('runs SQL that sees the rows, several statements of it', async () => {
    await publish({
      afterSql: `update yard.stock set state = 'old' where id = 1; update yard.stock set state = 'seen' where state = 'new';`,
    });
    expect(await rows()).toEqual([{ id: 1, state: 'old' }, { id: 2, state: 'seen' }]); // prettier-ignore
  });

  it('F-68: publishes nothing when that SQL fails, and says that it was not the rows', async () => {
    await expect(publish({ runId: 'failing', afterSql: 'update yard.nothing set a = 1' })).rejects.toMatchObject({
      code: 'load-failed',
      message: expect.stringMatching(/^The SQL after the load failed.*42P01/) as string,
    });
    expect(await rows()).toEqual([{ id: 1, state: 'old' }]);
    expect(await test.publisher.isPublished('failing')).toBe(false);
  });

  it('refuses SQL that would commit the rows without their record', async () => {
    for (const afterSql of ['commit', 'select 1; /* now */ ROLLBACK', 'begin; select 1'])
      await expect(publish({ afterSql })).rejects.toMatchObject({ code: 'definition-invalid' });
    expect(await rows()).toEqual([{ id: 1, state: 'old' }]);
  });

  it('gives tables their owner and their readers, new ones too', async () => {
    const access = { owner: KEEPER, grants: [{ privilege: 'select', to: READER }] };
    await test.publish([stock(), stage('fresh', { id: 'integer' }, [{ id: 1 }])], { schema: 'yard', strategy: { kind: 'append' }, access });
    await publish({ access });
    expect(
      await test.rows(`select tablename as name, tableowner as owner, has_table_privilege('${READER}', 'yard.' || tablename, 'select') as may
                         from pg_tables where schemaname = 'yard' order by 1`),
    ).toEqual([
      { name: 'fresh', owner: KEEPER, may: true },
      { name: 'stock', owner: KEEPER, may: true },
    ]);
  });

  it('publishes nothing when the reader does not exist, or what is granted is no privilege', async () => {
    await expect(publish({ access: { grants: [{ privilege: 'select', to: 'nobody_here' }] } })).rejects.toMatchObject({
      code: 'load-failed',
    });
    await expect(publish({ access: { grants: [{ privilege: 'all on x to y;', to: 'z' }] } })).rejects.toMatchObject({
      code: 'definition-invalid',
    });
    expect(await rows()).toEqual([{ id: 1, state: 'old' }]);
  });
});
