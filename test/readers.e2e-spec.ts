import { setImmediate as turn } from 'node:timers/promises';
import { eventually } from '@app/testing';
import type { Pool } from 'pg';
import type { ApiClient } from './api-client';
import { AFTER, BEFORE, DICTIONARY, REMOVED_IDS } from './harbor-study';
import { obstruct } from './obstacle';
import { PlatformUnderTest } from './platform-under-test';
import { RedcapDouble } from './redcap-double';

/** One snapshot of a table that is published early and of one that is published late. */
const TOTALS = `select (select count(*) from "Proposal") || ' and ' || (select count(*) from "ProtocolTimelines_estimated") as totals`;
const POLLS_HALF_WAY = 20;

async function totals(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ totals: string }>(TOTALS);
  return rows[0]!.totals;
}

/** Polls until told to stop; resolves to every distinct pair of totals in the order in which they appeared. */
function poll(pool: Pool): { readonly polls: () => number; readonly stop: () => Promise<string[]> } {
  const seen = new Set<string>();
  const stopped = new AbortController();
  let polls = 0;
  const polling = (async () => {
    while (!stopped.signal.aborted) {
      seen.add(await totals(pool));
      polls += 1;
      await turn();
    }
  })();
  return {
    polls: () => polls,
    stop: async () => {
      stopped.abort();
      await polling;
      return [...seen];
    },
  };
}

describe('a reader during a publication', () => {
  let redcap: RedcapDouble;
  let platform: PlatformUnderTest;
  let api: ApiClient;

  beforeAll(async () => {
    redcap = await RedcapDouble.start(BEFORE, DICTIONARY);
    platform = await PlatformUnderTest.create({ env: redcap.env });
    ({ api } = await platform.startBoth());
    await api.sync();
  });

  afterAll(async () => {
    await platform.dispose();
    await redcap.close();
  });

  it('sees the old totals until it sees the new ones, never a mixture, and does not wait', async () => {
    const before = await totals(platform.pool);
    await redcap.become(AFTER, DICTIONARY);
    const obstacle = await obstruct(platform.pool, `select 1 from "ProtocolTimelines_estimated" where "ProposalID" = any($1) for update`, [
      REMOVED_IDS,
    ]);
    const reader = poll(platform.pool);
    const taskId = await api.startSync();
    await obstacle.reached();
    const pollsBefore = reader.polls();
    await eventually('the reader looks half way through', () => reader.polls() >= pollsBefore + POLLS_HALF_WAY);
    await obstacle.remove();
    expect((await api.ended(taskId)).status).toBe('finished');
    const pollsAfter = reader.polls();
    await eventually('the reader looks once more', () => reader.polls() > pollsAfter + 1);
    const after = await totals(platform.pool);
    expect(await reader.stop()).toEqual([before, after]);
    expect(after).not.toBe(before);
  });
});
