import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@app/testing';
import { BEFORE, DICTIONARY } from './harbor-study';
import { PlatformUnderTest } from './platform-under-test';
import { RedcapDouble } from './redcap-double';
import { countOf } from './warehouse-content';

const SITES = 'siteId,siteName\n1,North Hospital\n2,n/a\n';

describe('a worker that starts as the old deployment did', () => {
  it('creates the tables, loads the table files once, and syncs once for each start', async () => {
    const [redcap, tables] = await Promise.all([RedcapDouble.start(BEFORE, DICTIONARY), mkdtemp(join(tmpdir(), 'tables-'))]);
    await writeFile(join(tables, 'Sites'), SITES);
    const start = { CREATE_TABLES: '1', INSERT_DATA: '1', INSERT_DATA_PATH: tables, RELOAD_ONE_OFF: '1' };
    const platform = await PlatformUnderTest.create({ env: { ...redcap.env, ...start } });
    try {
      const api = await platform.startApi();
      const runs = (): Promise<{ runs: { trigger: string; status: string }[] }> => api.get('/runs');
      for (const starts of [1, 2]) {
        await platform.startWorker();
        const ended = await eventually(`start ${starts} has synced`, async () => {
          const { runs: found } = await runs();
          return found.length === starts && found.every(({ status }) => status === 'succeeded') && found;
        });
        expect(ended.map(({ trigger }) => trigger)).toEqual(Array.from({ length: starts }, () => 'start'));
      }
      const { rows } = await platform.pool.query('select "siteId"::int as id, "siteName" as name from "Sites" order by 1');
      expect(rows).toEqual([
        { id: 1, name: 'North Hospital' },
        { id: 2, name: null },
      ]);
      expect(await countOf(platform.pool, 'Proposal')).toBeGreaterThan(0);
    } finally {
      await platform.dispose();
      await redcap.close();
      await rm(tables, { recursive: true });
    }
  });
});
