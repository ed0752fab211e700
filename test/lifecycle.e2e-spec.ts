import { eventually } from '@app/testing';
import type { Pool } from 'pg';
import { AFTER, BEFORE, DICTIONARY } from './harbor-study';
import { obstruct } from './obstacle';
import { PlatformUnderTest } from './platform-under-test';
import { isChunk, RedcapDouble } from './redcap-double';
import { publications } from './warehouse-content';

/** What a supervisor allows between SIGTERM and SIGKILL. */
const STOP_WITHIN_MS = 10_000;

describe('processes that come and go', () => {
  let redcap: RedcapDouble;
  let platform: PlatformUnderTest;

  beforeAll(async () => {
    redcap = await RedcapDouble.start(BEFORE, DICTIONARY);
    platform = await PlatformUnderTest.create({ env: redcap.env });
  });

  afterAll(async () => {
    await platform.dispose();
    await redcap.close();
  });

  it('make the control schema once when they start together on an empty database, and work', async () => {
    // All of them come to the same point before one of them may go on.
    const obstacle = await obstruct(platform.pool, 'create schema tributary');
    const starting = Promise.all([platform.startApi(), platform.startApi(), platform.startWorker(), platform.startWorker()]);
    const together = eventually('all four want to make the schema', async () => (await waitingSessions(platform.pool)) === 4);
    await Promise.race([together, starting]); // one that cannot start is known at once
    await obstacle.remove();
    const [api] = await starting;
    const { rows } = await platform.pool.query<{ name: string; times: string }>(
      'select name, count(*) as times from tributary.migration group by name',
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ times }) => times !== '1')).toEqual([]);
    const definitions = await platform.pool.query('select name, version from tributary.definition');
    expect(definitions.rows).toEqual([{ name: 'redcap', version: 1 }]);
    expect(platform.output).not.toContain('"level":"ERROR"');
    expect((await api.sync()).status).toBe('finished');
  });

  it('end with status 0 within 10 s of SIGTERM, and hand their run to another worker', async () => {
    const api = await platform.startApi();
    await platform.endWorkers('SIGTERM');
    const first = await platform.startWorker();
    await redcap.become(AFTER, DICTIONARY);
    const gate = redcap.hold(isChunk);
    const { runId, taskId } = await api.startRun();
    await gate.reached();
    expect(await first.end('SIGTERM', STOP_WITHIN_MS)).toEqual({ code: 0, signal: null });
    await platform.startWorker();
    gate.open();
    expect(await api.ended(taskId)).toMatchObject({ status: 'finished', result: 'None' });
    expect((await publications(platform.pool))[runId]).toBe(1);
    // Handed back, not waited for: a lease that had to run out would count as a recovery.
    const { rows } = await platform.pool.query('select recoveries from tributary.task where id = $1', [taskId]);
    expect(rows).toEqual([{ recoveries: 0 }]);
  });
});

/** Sessions of this database that wait for a lock of another. */
async function waitingSessions(pool: Pool): Promise<number> {
  const { rows } = await pool.query(
    `select 1 from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0`,
  );
  return rows.length;
}
