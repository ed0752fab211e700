import type { Definition, Run, Stage, Task } from '../src/api/answers';

export const RUN_ID = '6f9619ff-8b86-4d01-b42d-00c04fc964ff';
export const TASK_ID = '1b4e28ba-2fa1-41d2-883f-0016d3cca427';

export const aStage = (change: Partial<Stage> = {}): Stage => ({
  name: 'extract',
  status: 'succeeded',
  rows: 1200,
  bytes: 52_000,
  durationMs: 1234,
  startedAt: '2026-03-01T10:00:01.000Z',
  endedAt: '2026-03-01T10:00:02.234Z',
  ...change,
});

/** A run that succeeded. */
export const aRun = (change: Partial<Run> = {}): Run => ({
  runId: RUN_ID,
  taskId: TASK_ID,
  pipeline: 'redcap',
  version: 3,
  status: 'succeeded',
  trigger: 'api',
  parameters: {},
  full: false,
  dryRun: false,
  progress: null,
  stages: [aStage(), aStage({ name: 'publish', rows: 15, durationMs: 65_000 })],
  tables: [{ table: 'visit', rows: 1200, inserted: 10, deleted: 5, unchanged: 1190 }],
  issues: [],
  report: null,
  error: null,
  createdAt: '2026-03-01T10:00:00.000Z',
  startedAt: '2026-03-01T10:00:01.000Z',
  endedAt: '2026-03-01T10:00:03.500Z',
  ...change,
});

/** A run whose transform is at work. */
export const aRunAtWork = (change: Partial<Run> = {}): Run =>
  aRun({
    status: 'running',
    stages: [aStage(), aStage({ name: 'transform', status: 'running', rows: null, endedAt: null })],
    progress: { done: 450, total: 1000, note: 'transform visit' },
    tables: null,
    endedAt: null,
    ...change,
  });

export const aFailedRun = (change: Partial<Run> = {}): Run =>
  aRun({
    status: 'failed',
    stages: [aStage({ status: 'failed', rows: null })],
    tables: null,
    error: { code: 'source-unavailable', message: 'REDCap did not answer.' },
    ...change,
  });

export const aTask = (change: Partial<Task> = {}): Task => ({
  status: 'finished',
  name: 'reload.entrypoint',
  created_at: '2026-03-01 10:00:00.123000',
  enqueued_at: '2026-03-01 10:00:00.124000',
  started_at: '2026-03-01 10:00:01',
  ended_at: 'None',
  description: 'run of pipeline redcap',
  result: 'True',
  ...change,
});

export const aDefinition = (change: Partial<Definition> = {}): Definition => ({
  name: 'redcap',
  version: 3,
  description: 'The REDCap project',
  definition: { name: 'redcap', source: { kind: 'redcap', config: {} }, transform: { kind: 'mapping', config: {} } },
  createdBy: 'built-in',
  createdAt: '2026-03-01T10:00:00.000Z',
  ...change,
});
