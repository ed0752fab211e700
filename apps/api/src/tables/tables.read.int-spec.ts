import { TableService } from '../../e2e/table-service';

const MANY_ROWS = 200_000;

describe('GET /table/:name (postgres)', () => {
  let service: TableService;

  beforeAll(async () => {
    service = await TableService.start();
    await service.sql(`
      create table "T" (i bigint, n bigint, b boolean, d date, f double precision, s varchar);
      create table "Names" ("Full ""name""" varchar, id bigint);
      create table empty (a bigint);
      create table numbers (f double precision, r real);
      create table many as select i as id, 'row ' || i as text from generate_series(1, ${MANY_ROWS}) i`);
    await service.sql(`insert into "T" values (5, null, true, '2020-01-02', 2.0, 'x')`);
    await service.sql(`insert into "Names" values ('Zoë, "the" \\ \n second', 2), ('None', 3), (null, 4), ('', 5)`);
  });
  afterAll(() => service.stop());

  const body = async (path: string): Promise<string> => (await service.fetch(path)).text();
  const refused = async (path: string, init?: RequestInit): Promise<unknown> => {
    const answer = await service.fetch(path, init);
    return [answer.status, await answer.json()];
  };

  it('answers every value as a text (A7)', async () => {
    const answer = await service.fetch('/table/T');
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await answer.text()).toBe('[{"i":"5","n":"None","b":"True","d":"2020-01-02","f":"2.0","s":"x"}]');
  });

  it('answers an empty table as an empty array', async () => {
    expect(await body('/table/empty')).toBe('[]');
  });

  it('keeps every character of names and texts', async () => {
    expect(JSON.parse(await body('/table/Names'))).toEqual([
      { 'Full "name"': 'Zoë, "the" \\ \n second', id: '2' },
      { 'Full "name"': 'None', id: '3' },
      { 'Full "name"': 'None', id: '4' },
      { 'Full "name"': '', id: '5' },
    ]);
  });

  it.each([
    ['100000', '100000.0'],
    ['0.1', '0.1'],
    ['-0', '-0.0'],
    ['1e15', '1000000000000000.0'],
    ['1234567890123456.5', '1234567890123456.5'],
    ['9007199254740993', '9007199254740992.0'],
    ['1e16', '1e+16'],
    ['1.5e300', '1.5e+300'],
    ['0.0001', '0.0001'],
    ['0.00001', '1e-05'],
    ['NaN', 'nan'],
    ['Infinity', 'inf'],
    ['-Infinity', '-inf'],
  ])('writes the number %s as %s', async (stored, text) => {
    await service.sql(`truncate numbers; insert into numbers values ('${stored}')`);
    expect(JSON.parse(await body('/table/numbers?columns=f'))).toEqual([{ f: text }]);
  });

  it('writes numbers of single precision without an exponent too', async () => {
    await service.sql('truncate numbers; insert into numbers values (null, 1234567.9), (null, 1e10)');
    expect(JSON.parse(await body('/table/numbers?columns=r'))).toEqual([{ r: '1234567.9' }, { r: '10000000000.0' }]);
  });

  it('gives pages of chosen columns', async () => {
    expect(JSON.parse(await body('/table/many?limit=2&offset=10&columns=text,id&_=1'))).toEqual([
      { text: 'row 11', id: '11' },
      { text: 'row 12', id: '12' },
    ]);
  });

  it('writes CSV that an upload takes, null as an empty cell', async () => {
    const answer = await service.fetch('/table/T?format=csv');
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(await answer.text()).toBe('i,n,b,d,f,s\n5,,True,2020-01-02,2.0,x\n');
  });

  it('streams a long table as one array', async () => {
    const rows: unknown[] = JSON.parse(await body('/table/many'));
    expect([rows.length, rows[0], rows.at(-1)]).toEqual([
      MANY_ROWS,
      { id: '1', text: 'row 1' },
      { id: String(MANY_ROWS), text: `row ${MANY_ROWS}` },
    ]);
  });

  it('ends the statement when the client goes away', async () => {
    const leave = new AbortController();
    const answer = await service.fetch('/table/many', { signal: leave.signal });
    await answer.body!.getReader().read();
    leave.abort();
    const reading = `select from pg_stat_activity where datname = current_database() and query like 'copy %' and state = 'active'`;
    while ((await service.sql(reading)).length > 0);
    expect(await body('/table/empty')).toBe('[]');
  });

  it('answers 404 for an unknown table, and 400 for what cannot be asked, as arrays of texts', async () => {
    expect(await refused('/table/nothing')).toEqual([404, ['There is no table nothing']]);
    expect(await refused('/table/t')).toEqual([404, ['There is no table t']]);
    expect(await refused(`/table/${encodeURIComponent('a"; drop table empty --')}`)).toEqual([
      404,
      ['There is no table a"; drop table empty --'],
    ]);
    expect(await refused('/table/T?limit=-1&format=xml')).toEqual([400, ['limit must be a whole number', 'format must be json or csv']]);
    expect(await refused('/table/T?columns=i,I')).toEqual([400, ['Table T has no column I']]);
  });

  it('answers as arrays of texts also what meets no route', async () => {
    expect(await refused('/table/T', { method: 'DELETE' })).toEqual([405, ['Method Not Allowed']]);
    expect(await refused('/table/T/column', { method: 'PUT' })).toEqual([400, [expect.stringContaining('multipart/form-data')]]);
    expect(await refused('/table/T/column/i/deeper')).toEqual([404, ['Not Found']]);
    expect(await refused('/table/%E0%A4%A')).toEqual([400, [expect.stringContaining('%E0%A4%A')]]);
    expect(await refused('/table/%00')).toEqual([404, ['There is no table \0']]);
    expect(await refused('/nothing')).toEqual([404, { detail: 'Not Found' }]);
  });

  it('answers 401 as an array of texts', async () => {
    expect(await refused('/table/T', { headers: { 'X-API-Key': 'wrong' } })).toEqual([401, [expect.stringContaining('API key')]]);
  });
});
