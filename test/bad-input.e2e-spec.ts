import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FlatRecord } from '../samples/redcap-server/record-store';
import mapping from '../samples/study/mapping.json';
import type { ApiClient, TaskView } from './api-client';
import { BEFORE, DICTIONARY, idOf } from './harbor-study';
import { PlatformUnderTest } from './platform-under-test';
import { isChunk, isDictionary, isRecordList, REDCAP_TOKEN, RedcapDouble, type CannedAnswer } from './redcap-double';
import { contentOf, versionsOf, type Content } from './warehouse-content';

type MappingRow = Readonly<Record<string, string>>;

const JSON_TYPE = 'application/json; charset=utf-8';
/** Fewer than half of the study, which the shrink brake refuses. */
const FEW_IDS = 100;

describe('bad input', () => {
  let redcap: RedcapDouble;
  let platform: PlatformUnderTest;
  let api: ApiClient;
  let mappingPath: string;
  let before: Content;

  beforeAll(async () => {
    redcap = await RedcapDouble.start(BEFORE, DICTIONARY);
    // Without further tries of a task: those within a request are enough to show that an error stays.
    platform = await PlatformUnderTest.create({ env: { ...redcap.env, MAX_RETRIES: '0' } });
    mappingPath = join(platform.folder, 'mapping.json');
    useMapping(mapping);
    ({ api } = await platform.startBoth({ MAPPING_PATH: mappingPath }));
    expect((await api.sync()).status).toBe('finished');
    before = await versionsOf(platform.pool);
  });

  afterEach(async () => {
    redcap.answerWith(null);
    useMapping(mapping);
    await redcap.become(BEFORE, DICTIONARY);
  });

  afterAll(async () => {
    await platform.dispose();
    await redcap.close();
  });

  const useMapping = (rows: readonly unknown[]): void => writeFileSync(mappingPath, JSON.stringify(rows));
  const changed = (changes: Readonly<Record<number, MappingRow>>): MappingRow[] =>
    mapping.map((row, index) => ({ ...row, ...changes[index + 1] }));

  /** A sync that fails and leaves everything as it was; resolves to what the task says about it. */
  async function refusal(): Promise<string> {
    const task: TaskView = await api.sync();
    expect(task).toMatchObject({ status: 'failed', name: 'reload.entrypoint' });
    expect(await versionsOf(platform.pool)).toEqual(before);
    return task.result;
  }

  it('in the mapping is named all at once, each fault with its row and expression', async () => {
    const rows: unknown[] = changed({
      2: { Fieldname_redcap: 'short_title//full_title' },
      3: { Fieldname_redcap: 'if a="1" then b' },
      4: { 'Data Type': 'blob' },
      6: { Fieldname_CTMD: 'ShortTitle' },
    });
    rows[30] = Object.fromEntries(Object.entries(mapping[30]!).filter(([key]) => key !== 'Key'));
    rows.push('not an object');
    useMapping(rows);
    const result = await refusal();
    for (const fault of [
      /row 2 \(Proposal\.ShortTitle\).*short_title\/\/full_title/,
      /row 3 \(Proposal\.FullTitle\).*if a=\\?"1\\?" then b/,
      /row 4 \(Proposal\.ShortDescription\), key "Data Type": "blob"/,
      /row 6 \(Proposal\.ShortTitle\) names the same table and column as row 2/,
      /row 31 .*key "Key"/,
      new RegExp(`row ${mapping.length + 1} .*is not an object`),
    ]) {
      expect(result).toMatch(fault);
    }
  });

  it('in the mapping that is no JSON is said to be that', async () => {
    writeFileSync(mappingPath, '[{');
    expect(await refusal()).toContain('not valid JSON');
  });

  const canned = (status: number, contentType: string, body: string): CannedAnswer => ({ status, contentType, body });

  it.each([
    ['a truncated JSON body', canned(200, JSON_TYPE, '[{"proposal_id":"1","short_title":"Patient Jane'), /incomplete or malformed JSON/],
    ['an HTML page with status 200', canned(200, 'text/html', '<html><body>Login</body></html>'), /HTML page/],
    ['an object in place of rows', canned(200, JSON_TYPE, '{"rows":[]}'), /not a list/],
    ['an error with status 200', canned(200, JSON_TYPE, '{"error":"The API is switched off"}'), /The API is switched off/],
    ['rows of other records', canned(200, JSON_TYPE, '[{"proposal_id":"99999"}]'), /50 records missing.*1 unexpected/],
  ])('from REDCap, %s, is refused', async (_what, answer, reason) => {
    redcap.answerWith((form) => (isChunk(form) ? answer : null));
    const result = await refusal();
    expect(result).toMatch(reason);
    expect(result).not.toContain('Jane');
  });

  it('that is a wrong token is a refusal, and the token is nowhere to be read', async () => {
    redcap.answerWith(() => canned(403, JSON_TYPE, JSON.stringify({ error: `The token ${REDCAP_TOKEN} has no rights` })));
    const result = await refusal();
    expect(result).toMatch(/403.*token/);
    const { rows } = await platform.pool.query<{ row: string }>(
      `select t::text as row from tributary.task t union all select t::text from tributary.run t
       union all select t::text from tributary.run_stage t union all select document::text from tributary.definition`,
    );
    const runs = await api.get<{ readonly runs: readonly { readonly runId: string }[] }>('/runs');
    const shown = await Promise.all(runs.runs.flatMap(({ runId }) => [api.run(runId), api.get(`/runs/${runId}/lineage`)]));
    const definitions = await api.get('/definitions');
    const commands = platform.pids.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    const texts = [result, platform.output, JSON.stringify([rows, runs, shown, definitions]), ...commands, ...filesBelow(platform.folder)];
    expect(texts.filter((text) => text.includes(REDCAP_TOKEN))).toEqual([]);
  });

  it('that is a dictionary without the record id field is refused before any record is fetched', async () => {
    redcap.answerWith((form) => (isDictionary(form) ? canned(200, JSON_TYPE, '[{"field_name":"short_title"}]') : null));
    const chunks = redcap.requests.filter(isChunk).length;
    expect(await refusal()).toContain('proposal_id');
    expect(redcap.requests.filter(isChunk)).toHaveLength(chunks);
  });

  it('that is a project without records is refused (L8)', async () => {
    redcap.answerWith((form) => (isRecordList(form) ? canned(200, JSON_TYPE, '[]') : null));
    expect(await refusal()).toMatch(/no record/);
  });

  it('that is a project without base records is refused (L8)', async () => {
    const visits = BEFORE.filter((row) => row.redcap_repeat_instrument !== '');
    await redcap.become(visits, DICTIONARY);
    expect(await refusal()).toMatch(/no record/);
  });

  it('that would shrink the tables is refused, unless the run allows it', async () => {
    const isKept = (row: FlatRecord): boolean => Number(idOf(row)) <= FEW_IDS;
    await redcap.become(BEFORE.filter(isKept), DICTIONARY);
    expect(await refusal()).toMatch(/"Proposal" from \d+ to \d+ rows/);
    expect(await api.runToItsEnd({ parameters: { allowShrink: true } })).toMatchObject({ status: 'succeeded' });
    const content = await contentOf(platform.pool);
    expect(content.Proposal!.length).toBeLessThanOrEqual(FEW_IDS);
    await redcap.become(BEFORE, DICTIONARY);
    expect(await api.sync()).toMatchObject({ status: 'finished' });
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'));
}
