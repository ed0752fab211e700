import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BEFORE, DICTIONARY } from './harbor-study';
import { PlatformUnderTest } from './platform-under-test';
import { RedcapDouble } from './redcap-double';
import { expectedSubmissions, loadedRecords } from './study-arithmetic';

describe('a sync with RELOAD_DATABASE=0', () => {
  it('asks REDCap for nothing and takes the files that are there (L12)', async () => {
    const [redcap, folder] = await Promise.all([RedcapDouble.start(BEFORE, DICTIONARY), mkdtemp(join(tmpdir(), 'redcap-files-'))]);
    const [records, dictionary] = [join(folder, 'records.json'), join(folder, 'dictionary.json')];
    await Promise.all([writeFile(records, JSON.stringify(BEFORE)), writeFile(dictionary, JSON.stringify(DICTIONARY))]);
    const files = { RELOAD_DATABASE: '0', DATA_INPUT_FILE_PATH: records, DATA_DICTIONARY_INPUT_FILE_PATH: dictionary };
    const platform = await PlatformUnderTest.create({ env: { ...redcap.env, ...files } });
    try {
      const { api } = await platform.startBoth();
      expect(await api.sync()).toMatchObject({ status: 'finished', result: 'None' });
      expect(redcap.requests).toEqual([]);
      const { rows } = await platform.pool.query<{ id: string; on: string }>(
        `select "ProposalID" as id, "dateSubmitted"::text as on from "Proposal" order by "ProposalID"`,
      );
      expect(rows.map(({ id, on }) => [id, on])).toEqual(expectedSubmissions(loadedRecords(BEFORE)));
    } finally {
      await platform.dispose();
      await redcap.close();
      await rm(folder, { recursive: true });
    }
  });
});
