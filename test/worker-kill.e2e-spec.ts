import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@app/testing';
import type { ApiClient, RunView, StartedRun, TaskView } from './api-client';
import { AFTER, BEFORE, DICTIONARY, REMOVED_IDS } from './harbor-study';
import { obstruct } from './obstacle';
import { PlatformUnderTest } from './platform-under-test';
import { isChunk, isRecordList, lowestId, RedcapDouble, type RedcapForm } from './redcap-double';
import { contentOf, publications, tableNames, type Content } from './warehouse-content';

/** A table that is loaded and published after most others. */
const LATE_TABLE = '"ProtocolTimelines_estimated"';
/** Chunks from this record id on are held back when the worker shall die while it extracts. */
const HELD_FROM_ID = 301;
const CHUNKS_BEFORE = 6;
/** Seven deployments side by side. */
const PATIENCE_MS = 420_000;

interface Scene {
  readonly platform: PlatformUnderTest;
  readonly redcap: RedcapDouble;
  readonly runId: string;
}
type Release = () => Promise<void> | void;

interface KillCase {
  readonly moment: string;
  /** The stage that is under way, and those that are done, when the worker dies. */
  readonly done: readonly string[];
  readonly warehouseAtDeath: 'before' | 'after';
  /** Lets the run come to the moment, where it stays until released. */
  readonly hold: (scene: Scene, begin: () => void) => Promise<Release>;
}

async function holdWithLock({ platform }: Scene, begin: () => void, sql: string, values: readonly unknown[] = []): Promise<Release> {
  const obstacle = await obstruct(platform.pool, sql, values);
  begin();
  await obstacle.reached();
  return () => obstacle.remove();
}

const lockLateTable = `lock table ${LATE_TABLE} in access exclusive mode`;
// Leaves the foreign keys of the run's stages free.
const lockRun = 'select 1 from tributary.run where id = $1 for no key update';

const CASES: readonly KillCase[] = [
  {
    moment: 'extract, after some of the chunks',
    done: [],
    warehouseAtDeath: 'before',
    hold: async ({ platform, redcap, runId }, begin) => {
      const gate = redcap.hold((form) => isChunk(form) && lowestId(form) >= HELD_FROM_ID);
      begin();
      await gate.reached();
      await eventually('the earlier chunks are staged', () => stagedChunks(platform, runId) === CHUNKS_BEFORE);
      return () => gate.open();
    },
  },
  {
    moment: 'transform, when all its tables are written and not yet sealed',
    done: ['extract'],
    warehouseAtDeath: 'before',
    hold: (scene, begin) => holdWithLock(scene, begin, lockRun, [scene.runId]),
  },
  {
    moment: 'validate',
    done: ['extract', 'transform'],
    warehouseAtDeath: 'before',
    hold: (scene, begin) =>
      holdWithLock(scene, begin, `insert into tributary.run_stage (run_id, stage, ordinal, status) values ($1, 'validate', 2, 'running')`, [
        scene.runId,
      ]),
  },
  {
    moment: 'load, between two tables',
    done: ['extract', 'transform', 'validate'],
    warehouseAtDeath: 'before',
    hold: (scene, begin) => holdWithLock(scene, begin, lockLateTable),
  },
  {
    moment: 'publish, half way through its transaction',
    done: ['extract', 'transform', 'validate', 'load'],
    warehouseAtDeath: 'before',
    hold: (scene, begin) =>
      holdWithLock(scene, begin, `select 1 from ${LATE_TABLE} where "ProposalID" = any($1) for update`, [REMOVED_IDS]),
  },
  {
    moment: 'publish, after its commit and before it is on record',
    done: ['extract', 'transform', 'validate', 'load'],
    warehouseAtDeath: 'after',
    hold: async (scene, begin) => {
      const passTransform = await holdWithLock(scene, begin, lockLateTable);
      return holdWithLock(scene, () => void passTransform(), lockRun, [scene.runId]);
    },
  },
];

/** Everything that is asserted about one death; gathered by scenes that run side by side, since each waits for a lease. */
interface Outcome {
  readonly stagesAtDeath: readonly string[];
  readonly contentAfterDeath: Content;
  readonly content: Content;
  readonly task: TaskView;
  readonly run: RunView;
  readonly publications: Readonly<Record<string, number>>;
  readonly stagingTables: readonly string[];
  readonly chunksAfterDeath: readonly RedcapForm[];
  readonly attempts: { readonly attempt: number; readonly recoveries: number };
}

describe('a worker killed with kill -9', () => {
  let expected: { readonly before: Content; readonly after: Content };
  let outcomes: ReadonlyMap<string, Promise<Outcome>>;

  beforeAll(async () => {
    outcomes = new Map(CASES.map((killCase) => [killCase.moment, outcomeOf(killCase)]));
    for (const outcome of outcomes.values()) outcome.catch(() => undefined); // reported by its own test
    expected = await undisturbed();
    await Promise.allSettled(outcomes.values());
  }, PATIENCE_MS);

  it.each(CASES)('in $moment leaves a run that another worker finishes, once', async ({ moment, done, warehouseAtDeath }) => {
    const outcome = await outcomes.get(moment)!;
    expect(outcome.stagesAtDeath).toEqual(done);
    expect(outcome.contentAfterDeath).toEqual(expected[warehouseAtDeath]);
    expect(outcome.task).toMatchObject({ status: 'finished', result: 'None' });
    expect(outcome.run).toMatchObject({ status: 'succeeded', error: null });
    expect(outcome.run.stages.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded', 'succeeded']);
    expect(outcome.content).toEqual(expected.after);
    expect(outcome.publications[outcome.run.runId]).toBe(1);
    expect(outcome.attempts).toEqual({ attempt: 1, recoveries: 1 });
    expect(outcome.stagingTables).toEqual([]);
    expect(outcome.chunksAfterDeath.filter((form) => done.includes('extract') || lowestId(form) < HELD_FROM_ID)).toEqual([]);
  });
});

async function outcomeOf({ hold }: KillCase): Promise<Outcome> {
  return withPlatform(async (platform, redcap) => {
    const { api, worker } = await platform.startBoth();
    await api.sync();
    const started = await changedRun(api, redcap);
    const release = await hold({ platform, redcap, runId: started.runId }, started.begin);
    const atDeath = await api.run(started.runId);
    const requestsAtDeath = redcap.requests.length;
    await worker.end('SIGKILL');
    await release();
    const contentAfterDeath = await contentOf(platform.pool);
    await platform.startWorker();
    const task = await api.ended(started.taskId);
    const attempts = await platform.pool.query<Outcome['attempts']>('select attempt, recoveries from tributary.task where id = $1', [
      started.taskId,
    ]);
    return {
      stagesAtDeath: atDeath.stages.filter(({ status }) => status === 'succeeded').map(({ name }) => name),
      contentAfterDeath,
      content: await contentOf(platform.pool),
      task,
      run: await api.run(started.runId),
      publications: await publications(platform.pool),
      stagingTables: await tableNames(platform.pool, 'tributary_staging'),
      chunksAfterDeath: redcap.requests.slice(requestsAtDeath).filter(isChunk),
      attempts: attempts.rows[0]!,
    };
  });
}

/** What the two syncs make when nobody dies. */
function undisturbed(): Promise<{ before: Content; after: Content }> {
  return withPlatform(async (platform, redcap) => {
    const { api } = await platform.startBoth();
    await api.sync();
    const before = await contentOf(platform.pool);
    await redcap.become(AFTER, DICTIONARY);
    await api.sync();
    return { before, after: await contentOf(platform.pool) };
  });
}

/** A run over the changed study that waits at its very first request for records until `begin`. */
async function changedRun(api: ApiClient, redcap: RedcapDouble): Promise<StartedRun & { readonly begin: () => void }> {
  await redcap.become(AFTER, DICTIONARY);
  const gate = redcap.hold(isRecordList);
  const started = await api.startRun();
  await gate.reached();
  return { ...started, begin: () => gate.open() };
}

async function withPlatform<T>(work: (platform: PlatformUnderTest, redcap: RedcapDouble) => Promise<T>): Promise<T> {
  const redcap = await RedcapDouble.start(BEFORE, DICTIONARY);
  try {
    const platform = await PlatformUnderTest.create({ env: redcap.env });
    try {
      return await work(platform, redcap);
    } finally {
      await platform.dispose();
    }
  } finally {
    await redcap.close();
  }
}

/** Record chunks of a run that are whole in the object store: each has a description beside its bytes. */
function stagedChunks({ storeFolder }: PlatformUnderTest, runId: string): number {
  const files = readdirSync(storeFolder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.includes(join(runId, 'extract', 'parts')),
  );
  const whole = new Set(files.flatMap((file) => /(\d+)\.json$/.exec(file)?.[1] ?? []));
  return files.filter((file) => whole.has(/(\d+)\.record\./.exec(file)?.[1] ?? '')).length;
}
