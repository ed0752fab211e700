import { type RedcapFaults, type RunningRedcapServer, startRedcapServer } from './redcap-server';

const rows = [
  { record_id: '2', redcap_event_name: 'a', title: 'Zoë', colour___1: '1', colour___2: '0' },
  { record_id: '10', redcap_event_name: 'a', title: 'ten', colour___1: '0', colour___2: '1' },
  { record_id: '3', redcap_event_name: 'a', title: 'three', colour___1: '0', colour___2: '0' },
  { record_id: '3', redcap_event_name: 'b', title: 'three again', colour___1: '0', colour___2: '0' },
];
const dictionary = [{ field_name: 'record_id' }, { field_name: 'title' }, { field_name: 'colour' }];

describe('the sample REDCap server', () => {
  let server: RunningRedcapServer;

  const start = async (faults?: RedcapFaults) => {
    server = await startRedcapServer({ token: 'T', records: rows, dictionary, faults });
  };
  const post = (form: Record<string, string>) =>
    fetch(server.url, { method: 'POST', body: new URLSearchParams({ token: 'T', format: 'json', ...form }) });
  const records = async (form: Record<string, string> = {}) => (await post({ content: 'record', type: 'flat', ...form })).json();

  beforeEach(() => start());
  afterEach(() => server.close());

  it('refuses a wrong token with the words of REDCap, and remembers no token', async () => {
    const answer = await post({ content: 'version', token: 'X' });
    expect([answer.status, await answer.json()]).toEqual([403, { error: 'You do not have permissions to use the API' }]);
    await post({ content: 'version' });
    expect(server.requests).toEqual([{ content: 'version', format: 'json' }]);
  });

  it('exports every row as it was given', async () => {
    expect(await records()).toEqual(rows);
  });

  it('lists ids, once for every row', async () => {
    expect(await records({ fields: 'record_id' })).toEqual(['2', '10', '3', '3'].map((record_id) => ({ record_id })));
  });

  it('limits records to a range of ids, by value', async () => {
    expect(await records({ filterLogic: '[record_id]>=3 && [record_id]<=10' })).toEqual([rows[2], rows[3], rows[1]]);
  });

  it('limits records to a list, and fields to those asked for beside the plumbing', async () => {
    const asked = await records({ 'records[0]': '2', 'fields[0]': 'record_id', 'fields[1]': 'colour' });
    expect(asked).toEqual([{ record_id: '2', redcap_event_name: 'a', colour___1: '1', colour___2: '0' }]);
  });

  it('refuses logic it does not understand instead of ignoring it', async () => {
    expect((await post({ content: 'record', filterLogic: '[title]="x"' })).status).toBe(400);
  });

  it('answers for the dictionary, the project and the version', async () => {
    expect(await (await post({ content: 'metadata' })).json()).toEqual(dictionary);
    expect(await (await post({ content: 'project' })).json()).toHaveProperty('project_title');
    expect(await (await post({ content: 'version' })).text()).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('fails the first requests for records when told to', async () => {
    await server.close();
    await start({ failFirst: 2 });
    const statuses = [];
    for (let request = 0; request < 3; request += 1) statuses.push((await post({ content: 'record' })).status);
    expect(statuses).toEqual([500, 500, 200]);
  });
});
