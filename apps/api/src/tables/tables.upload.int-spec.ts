import { request } from 'node:http';
import { ADMIN_KEY, TableService } from '../../e2e/table-service';

const MAX_BYTES = 300_000;
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('Uploads into tables (postgres, redis)', () => {
  let service: TableService;

  beforeAll(async () => {
    service = await TableService.start({ UPLOAD_MAX_BYTES: String(MAX_BYTES) });
    await service.sql(`
      create table "Sites" ("siteId" bigint, "siteName" varchar);
      create table "StudySites" ("siteId" bigint, "ProposalID" bigint, "siteName" varchar);
      create table "Typed" (i bigint, f double precision, d date, b boolean, s varchar, t text);
      create table "Short" (id bigint, text varchar(3));
      create table "Coded" (code varchar, label varchar);
      create table "J" (a bigint, b varchar);
      create table "P" (name varchar, note varchar, "ProposalID" bigint)`);
  });
  afterAll(() => service.stop());
  beforeEach(() => service.sql('truncate "Sites", "StudySites", "Typed", "Short", "Coded", "J", "P"'));

  const sites = (): Promise<unknown[]> => service.values('select "siteId"::int, "siteName" from "Sites"');

  describe('POST /table/:name', () => {
    it('answers the task id as a bare JSON string; the task ends without a result', async () => {
      const answer = await service.upload('/table/Sites', 'siteId,siteName\n1,a\n');
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
      const body = await answer.text();
      expect(body).toMatch(/^"[0-9a-f]{8}-[0-9a-f-]{27}"$/);
      expect(await service.ended(JSON.parse(body) as string)).toMatchObject({
        status: 'finished',
        name: 'server.handleTableFunc',
        result: 'None',
      });
    });

    it('stores every row twice when it is sent twice (L6)', async () => {
      await service.load('/table/Sites', 'siteId,siteName\n1,a\n2,b\n');
      await service.load('/table/Sites', 'siteId,siteName\n1,a\n2,b\n');
      expect(await sites()).toEqual([[1, 'a'], [2, 'b'], [1, 'a'], [2, 'b']]); // prettier-ignore
    });

    it('takes the second line for the header when the first is a comment, and only when told exactly so (A8)', async () => {
      await service.load('/table/Sites', '"anything, at all",x,y\nsiteId,siteName\n1,a\n', { comments: 'true' });
      expect(await sites()).toEqual([[1, 'a']]);
      expect(await service.refusal('/table/Sites', 'anything\nsiteId,siteName\n1,a\n', { comments: 'True' })).toEqual([
        'Undefined header anything',
      ]);
    });

    it('takes a template with its comment, short rows, and sample rows that are blank but for a cell too many', async () => {
      await service.load('/table/Sites/column/siteId', '"Site, ID",Name\r\nsiteId,siteName\r\n1\r\n,,\r\n\r\n', { comments: 'true' });
      expect(await sites()).toEqual([[1, null]]);
    });

    it.each(['\n', '\r\n', '\r'])('takes lines that end in %j, and line ends within quotes', async (end) => {
      await service.load('/table/Sites', ['siteId,siteName', '1,"a ""b"", c\n d"', '2,z'].join(end));
      expect(await sites()).toEqual([[1, 'a "b", c\n d'], [2, 'z']]); // prettier-ignore
    });

    it('takes JSON: null is null, true is True, numbers keep their digits (A9)', async () => {
      await service.load('/table/J', '[{"a":1,"b":null},{"a":2,"b":true,"c":3},{"a":9007199254740993,"b":1.50}]', {
        type: 'application/json',
      });
      expect(await service.values('select a::text, b from "J"')).toEqual([['1', null], ['2', 'True'], ['9007199254740993', '1.50']]); // prettier-ignore
    });

    it('stores nothing for an empty JSON array (A10)', async () => {
      expect(await service.load('/table/J', '[]', { type: 'application/json' })).toMatchObject({ status: 'finished' });
      expect(await service.values('select a from "J"')).toEqual([]);
    });

    it('gives additional columns to every row, also to rows shorter than the header (A12)', async () => {
      await service.load('/table/P', 'name,note\na,b\nc\n', { json: '{"ProposalID":"8"}' });
      await service.load('/table/P', 'name\nd\n', { json: '{"ProposalID":9}' });
      expect(await service.values('select name, note, "ProposalID"::int from "P"')).toEqual([['a', 'b', 8], ['c', null, 8], ['d', null, 9]]); // prettier-ignore
    });

    it('takes UTF-8 with a byte order mark, and the same text in windows-1252 (A14)', async () => {
      await service.load('/table/Sites', '\ufeffsiteId,siteName\n1,Zoë\n');
      await service.load('/table/Sites', Buffer.concat([latin1('siteId,siteName\n2,Zoë '), Buffer.from([0x80, 0x81])]));
      await service.load('/table/J', '\ufeff[{"a":3,"b":"Zoë"}]', { type: 'application/json' });
      expect(await sites()).toEqual([[1, 'Zoë'], [2, 'Zoë €\x81']]); // prettier-ignore
      expect(await service.values('select b from "J"')).toEqual(['Zoë']);
    });

    it('takes null tokens for null, and empty cells in every type of column (L1)', async () => {
      await service.load('/table/Typed', 'i,f,d,b,s,t\n,,,,,x\n1,1,1/1/2020,true,NA,n/a\n2,,,, None ,NULL\n3,,,,.,nab\n');
      expect(await service.values('select i::int, f, d, b, s, t from "Typed" order by i nulls first')).toEqual([
        [null, null, null, null, null, 'x'],
        [1, 1, expect.any(Date), true, null, null],
        [2, null, null, null, null, null],
        [3, null, null, null, null, 'nab'],
      ]);
    });

    it('stores a text with its spaces (L2)', async () => {
      await service.load('/table/Sites', 'siteId,siteName\n 07 , x \n');
      expect(await sites()).toEqual([[7, ' x ']]);
    });

    it('stores dates as month, day, year; yes as true', async () => {
      await service.load('/table/Typed', 'd,b\n1/2/2020,YES\n12-31-1999,no\n');
      expect(await service.values('select d::text, b from "Typed"')).toEqual([['2020-01-02', true], ['1999-12-31', false]]); // prettier-ignore
    });

    it('ends a task that the database refuses as failed, with the reason and without the value (A13)', async () => {
      await service.load('/table/Short', 'id,text\n1,abc\n');
      const task = await service.load('/table/Short', 'id,text\n2,ok\n3,too long\n');
      expect(task).toMatchObject({
        status: 'failed',
        result: expect.stringMatching(/"Short".*line 2, column "text".*too long for the column/),
      });
      expect(await service.values('select id::int from "Short"')).toEqual([1]);
    });

    it('keeps the rows of a failed upload only, and no spooled file', async () => {
      await service.load('/table/Short', 'id,text\n3,too long\n');
      const kept = await service.filesIn('store');
      await service.load('/table/Short', 'id,text\n1,abc\n');
      await service.refusal('/table/Short', 'id,text\nx,abc\n');
      expect(await service.filesIn('store')).toEqual(kept);
      expect(await service.filesIn('spool')).toEqual([]);
    });
  });

  describe('PUT /table/:name', () => {
    it('replaces all rows, in the order of the file', async () => {
      await service.load('/table/Sites', 'siteId,siteName\n1,a\n2,b\n');
      await service.load('/table/Sites', 'siteId\n3\n2\n', { method: 'PUT' });
      expect(await sites()).toEqual([[3, null], [2, null]]); // prettier-ignore
    });

    it('keeps the old rows when one of the new ones cannot be stored (L3)', async () => {
      await service.load('/table/Short', 'id,text\n1,abc\n');
      const task = await service.load('/table/Short', 'id,text\n2,a\n3,b\n4,long\n', { method: 'PUT' });
      expect(task.status).toBe('failed');
      expect(await service.values('select id::int, text from "Short"')).toEqual([[1, 'abc']]);
    });

    it('empties a table with a header alone', async () => {
      await service.load('/table/Sites', 'siteId,siteName\n1,a\n');
      await service.load('/table/Sites', 'siteId,siteName\n', { method: 'PUT' });
      expect(await sites()).toEqual([]);
    });
  });

  describe('POST /table/:name/column/:column', () => {
    const studySites = (): Promise<unknown[]> => service.values('select "siteId"::int, "ProposalID"::int, "siteName" from "StudySites"');

    beforeEach(() => service.sql(`insert into "StudySites" values (1, 10, 'A'), (1, 11, 'B'), (2, 10, 'C')`));

    it.each([
      ['in the file', 'siteId,ProposalID,siteName\n1,10,A2\n3,10,D\n', '{}'],
      ['beside the file', 'siteId,siteName\n1,A2\n3,D\n', '{"ProposalID":"10"}'],
    ])('replaces by site and proposal together, the proposal %s (L4)', async (_where, data, json) => {
      await service.load('/table/StudySites/column/siteId', data, { json });
      expect(await studySites()).toEqual([[1, 11, 'B'], [2, 10, 'C'], [1, 10, 'A2'], [3, 10, 'D']]); // prettier-ignore
    });

    it('replaces by the site alone where the upload names no proposal', async () => {
      await service.load('/table/StudySites/column/siteId', 'siteId,siteName\n1,A2\n');
      expect(await studySites()).toEqual([[2, 10, 'C'], [1, null, 'A2']]); // prettier-ignore
    });

    it('stores rows with equal keys all, and the same upload twice as once (L5)', async () => {
      await service.sql(`insert into "Sites" values (1, 'x'), (2, 'y')`);
      for (let times = 0; times < 2; times += 1) await service.load('/table/Sites/column/siteId', 'siteId,siteName\n2,z\n 02 ,w\n');
      expect(await sites()).toEqual([[1, 'x'], [2, 'z'], [2, 'w']]); // prettier-ignore
    });

    it('compares texts exactly, whatever they hold', async () => {
      await service.sql(`insert into "Coded" values ('a', '1'), ('A', '2'), (' a', '3'), ('x'' or true --', '4')`);
      await service.load('/table/Coded/column/code', `code,label\na,new\nx' or true --,newer\n`);
      expect(await service.values('select code, label from "Coded"')).toEqual([['A', '2'], [' a', '3'], ['a', 'new'], [`x' or true --`, 'newer']]); // prettier-ignore
    });

    it('refuses a key that is not in the upload, does not exist, or is neither a whole number nor a text', async () => {
      expect(await service.refusal('/table/Sites/column/siteId', 'siteName\nx\n')).toEqual([expect.stringContaining('siteId')]);
      expect(await service.refusal('/table/Sites/column/nothing', 'siteId\n1\n')).toEqual(['Table Sites has no column nothing']);
      expect(await service.refusal('/table/Typed/column/d', 'd\n1/1/2020\n')).toEqual([expect.stringContaining('column d')]);
    });
  });

  describe('what cannot be understood', () => {
    it.each([
      ['another content type', { type: 'text/plain' }, 'a\n', ['unsupported type']],
      ['additional columns that are no JSON', { json: '{' }, 'siteId\n1\n', [expect.stringContaining('JSON object')]],
      ['additional columns that are no object', { json: '[1]' }, 'siteId\n1\n', [expect.stringContaining('JSON object')]],
      ['a list as an additional value', { json: '{"siteName":[]}' }, 'siteId\n1\n', [expect.stringContaining('Column siteName')]],
      ['malformed JSON', { type: 'application/json' }, '[{"siteId":', [expect.stringContaining('JSON array')]],
      ['JSON that is no array of objects', { type: 'application/json' }, '[1]', [expect.stringContaining('JSON array')]],
      ['a list in a JSON row', { type: 'application/json' }, '[{"siteId":[1]}]', [expect.stringContaining('Cell A3')]],
      [
        'a key that a later object lacks',
        { type: 'application/json' },
        '[{"siteId":1,"siteName":""},{"siteId":2}]',
        ['Row 4 has no value for siteName'],
      ],
      ['an empty file', {}, '', ['The file has no header']],
      ['nothing after the comment', { comments: 'true' }, 'a comment\n', ['The file has no header']],
      [
        'a quote that is not closed',
        {},
        'siteId,siteName\n1,a\n2,"b\n',
        [expect.stringMatching(/^Row 4 is not CSV: a quote is not closed/)],
      ],
      ['text behind a quote', {}, 'siteId,siteName\n1,"a"b\n', [expect.stringMatching(/^Row 3 is not CSV/)]],
      ['bytes that are no text', {}, 'siteId\n\0\n', [expect.stringContaining('NUL')]],
    ])('refuses %s (A11)', async (_what, options, data, messages) => {
      expect(await service.refusal('/table/Sites', data, options)).toEqual(messages);
    });

    it('names the parts that are missing; additional columns may be', async () => {
      const send = async (parts: Readonly<Record<string, string | Blob>>): Promise<unknown> => {
        const form = new FormData();
        for (const [name, value] of Object.entries(parts)) form.set(name, value);
        const answer = await service.fetch('/table/Sites', { method: 'POST', body: form });
        return [answer.status, await answer.json()];
      };
      expect(await send({ data: 'siteId\n1\n' })).toEqual([
        400,
        [expect.stringContaining('data'), expect.stringContaining('content-type')],
      ]);
      expect(await send({ 'content-type': 'text/csv', data: new Blob(['siteId\n1\n']) })).toEqual([200, expect.any(String)]);
      const json = await service.fetch('/table/Sites', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
      expect([json.status, await json.json()]).toEqual([400, [expect.stringContaining('multipart/form-data')]]);
    });

    it('refuses a form that breaks off within its file, and keeps nothing of it', async () => {
      const body = '--x\r\nContent-Disposition: form-data; name="data"; filename="a"\r\n\r\nsiteId\n1';
      const answer = await service.fetch('/table/Sites', {
        method: 'POST',
        body,
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
      });
      expect([answer.status, await answer.json()]).toEqual([400, [expect.stringContaining('breaks off')]]);
      expect(await service.filesIn('spool')).toEqual([]);
    });

    it('knows no column of an unknown table, and never takes anything for it', async () => {
      expect(await service.refusal('/table/nothing', 'a,b\n1,2\n')).toEqual(['Undefined header a', 'Undefined header b']);
      expect(await service.refusal('/table/nothing', '[]', { type: 'application/json' })).toEqual(['There is no table nothing']);
    });

    it('refuses a file over the limit with an array of texts, and keeps nothing of it', async () => {
      const answer = await service.upload('/table/Sites', `siteId,siteName\n1,${'x'.repeat(MAX_BYTES)}\n`);
      expect([answer.status, await answer.json()]).toEqual([413, [expect.any(String)]]);
      expect(await service.filesIn('spool')).toEqual([]);
    });
  });

  it('keeps nothing of a file whose sender goes away', async () => {
    const boundary = 'x';
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="data"; filename="t.csv"\r\n\r\nsiteId\n1\n`;
    const headers = { 'X-API-Key': ADMIN_KEY, 'content-type': `multipart/form-data; boundary=${boundary}` };
    const sender = request(`${service.url}/table/Sites`, { method: 'POST', headers });
    sender.on('error', () => undefined);
    sender.write(head);
    while ((await service.filesIn('spool')).length === 0);
    sender.destroy();
    while ((await service.filesIn('spool')).length > 0);
    expect(await sites()).toEqual([]);
  });

  it('loads into different tables at the same time, and keeps a sync out until both are done', async () => {
    const taskId = async (path: string, data: string): Promise<string> => (await (await service.upload(path, data)).json()) as string;
    const started = (id: string): Promise<unknown[]> =>
      service.values(`select status from tributary.task where id = '${id}' and status = 'started'`);
    await service.sql('create table gate ()');
    await service.sql(`create function wait_at_gate() returns trigger language plpgsql as $$ begin lock table gate in share mode; return new; end $$;
      create trigger slow before insert on "Sites" for each row execute function wait_at_gate()`);
    const { release } = await service.hold('lock table gate in access exclusive mode');
    const slow = await taskId('/table/Sites', 'siteId\n1\n');
    while ((await started(slow)).length === 0);
    await service.load('/table/J', 'a\n1\n');
    const sync = (await (await service.fetch('/sync', { method: 'POST' })).json()) as string;
    expect(await started(slow)).toEqual(['started']);
    await release();
    await Promise.all([slow, sync].map((id) => service.ended(id)));
    expect(
      await service.values(
        `select s.started_at >= u.ended_at from tributary.task s, tributary.task u where s.id = '${sync}' and u.id = '${slow}'`,
      ),
    ).toEqual([true]);
  });
});
