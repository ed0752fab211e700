import { InjectedApi } from '../../e2e/injected-api';

const column = (name: string, dtype: string, more: object = {}): object => ({ name, dtype, ...more });
const V1 = { columns: [column('a', 'int'), column('b', 'string')] };
const V2 = { columns: [column('a', 'float'), column('b', 'str'), column('c', 'INTEGER', { default: 7 })] };

describe('the registries (http, postgres)', () => {
  let api: InjectedApi;
  beforeAll(async () => {
    api = await InjectedApi.start();
  });
  afterAll(() => api.stop());

  const put = (path: string, body: object) => api.send('PUT', path, body);
  const get = (path: string) => api.send('GET', path);

  describe('/schemas', () => {
    it('keeps every version, which any process reads (C-63)', async () => {
      expect(await put('/schemas/trays', { version: 1, ...V1 })).toMatchObject({ status: 200, body: { name: 'trays', version: 1 } });
      expect(await put('/schemas/trays', V2)).toMatchObject({ status: 200, body: { version: 2, created_by: expect.any(String) } });
      expect(await get('/schemas/trays?version=1')).toMatchObject({
        status: 200,
        body: {
          version: 1,
          columns: [
            { name: 'a', dtype: 'integer', nullable: true, default: null },
            { name: 'b', dtype: 'string' },
          ],
        },
      });
      expect(await get('/schemas/trays')).toMatchObject({ body: { version: 2 } });
      expect(await get('/schemas/trays/versions')).toMatchObject({ body: [{ version: 2 }, { version: 1 }] });
      expect(await get('/schemas')).toMatchObject({ body: [{ name: 'trays', version: 2 }] });
      await expect(api.database.pool.query('update tributary.schema_version set version = 9')).rejects.toThrow(/never changed/);
    });

    it('takes an equal version again, and refuses other columns, earlier versions and changes that break', async () => {
      await put('/schemas/beds', { version: 3, ...V1 });
      expect(await put('/schemas/beds', { version: 3, ...V1, description: 'again' })).toMatchObject({ status: 200, body: { version: 3 } });
      expect(await put('/schemas/beds', V1)).toMatchObject({ status: 200, body: { version: 3 } });
      for (const version of [3, 2]) {
        expect(await put('/schemas/beds', { version, ...V2 })).toMatchObject({ status: 409, body: { code: 'schema-conflict' } });
      }
      const broken = { columns: [column('a', 'int')] };
      expect(await put('/schemas/beds', broken)).toMatchObject({ status: 409, body: { breaking: ['column "b" is removed'] } });
      expect(await put('/schemas/beds?allow_breaking=true', broken)).toMatchObject({ status: 200, body: { version: 4 } });
    });

    it('compares two versions (C-64)', async () => {
      expect(await get('/schemas/trays/diff?from=1&to=2')).toMatchObject({
        status: 200,
        body: {
          added_columns: ['c'],
          removed_columns: [],
          type_changes: [{ column: 'a', old_type: 'integer', new_type: 'float' }],
          nullable_changes: [],
          version_from: 1,
          version_to: 2,
        },
      });
    });

    it('says what is missing and what is wrong', async () => {
      expect(await get('/schemas/nowhere')).toMatchObject({ status: 404, body: { detail: "Schema 'nowhere' not found in registry" } });
      expect(await get('/schemas/trays?version=9')).toMatchObject({
        status: 404,
        body: { detail: 'Schema version 9 not found for trays' },
      });
      expect(await put('/schemas/bad', { columns: [column('a', 'category')] })).toMatchObject({
        status: 422,
        body: { detail: [{ type: 'value_error', loc: ['body', 'columns', 0, 'dtype'] }] },
      });
    });

    it('gives concurrent writers versions one after the other', async () => {
      const documents = ['x', 'y', 'z'].map((name) => ({ columns: [column('a', 'int'), column(name, 'int')] }));
      await Promise.all(documents.map((document) => put('/schemas/busy?allow_breaking=true', document)));
      expect(await get('/schemas/busy/versions')).toMatchObject({ body: [{ version: 3 }, { version: 2 }, { version: 1 }] });
    });
  });

  describe('/transformations', () => {
    const code = (factor: number) => ({ type: 'code', body: { function_path: 'scale', kwargs: { factor } } });

    it('keeps immutable versions', async () => {
      expect(await put('/transformations/scale', { ...code(1), description: 'first' })).toMatchObject({
        status: 200,
        body: { transformation_id: 'scale', version: 1, type: 'code', description: 'first' },
      });
      expect(await put('/transformations/scale', code(1))).toMatchObject({ body: { version: 1 } });
      expect(await put('/transformations/scale', { version: 5, ...code(2) })).toMatchObject({ status: 200, body: { version: 5 } });
      for (const version of [5, 2]) {
        expect(await put('/transformations/scale', { version, ...code(3) })).toMatchObject({
          status: 409,
          body: { code: 'transformation-conflict' },
        });
      }
      expect(await get('/transformations/scale')).toMatchObject({ body: { version: 5, body: { kwargs: { factor: 2 } } } });
      expect(await get('/transformations/scale?version=1')).toMatchObject({ body: { body: { kwargs: { factor: 1 } } } });
      expect(await get('/transformations/scale/history')).toMatchObject({ body: [{ version: 1 }, { version: 5 }] });
      expect(await get('/transformations')).toMatchObject({ body: [{ transformation_id: 'scale', version: 5 }] });
    });

    it('says what is missing and what is wrong', async () => {
      expect(await get('/transformations/none')).toMatchObject({ status: 404, body: { detail: "Transformation 'none' not found" } });
      expect(await get('/transformations/scale?version=2')).toMatchObject({
        status: 404,
        body: { detail: "Version 2 not found for transformation 'scale'" },
      });
      expect(await put('/transformations/bad', { type: 'code', body: { function_path: '../x', other: 1 } })).toMatchObject({
        status: 422,
        body: { detail: expect.arrayContaining([expect.objectContaining({ loc: ['body', 'body', 'function_path'] })]) },
      });
      expect(await put('/transformations/bad', { type: 'sql', body: { sql_query: "select :a as a from read_csv('x')" } })).toMatchObject({
        status: 422,
        body: { detail: [{ loc: ['body', 'body', 'sql_query'], msg: expect.stringContaining('read_csv() reads') as string }] },
      });
      expect(await put('/transformations/bad', { type: 'magic', body: {} })).toMatchObject({
        status: 422,
        body: { detail: [{ loc: ['body', 'type'] }] },
      });
    });
  });
});
