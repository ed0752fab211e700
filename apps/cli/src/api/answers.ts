import { z } from 'zod';

/**
 * The API's answers as far as the command line reads them. Whatever else an answer holds is kept, so that `--json`
 * prints all of it, and a newer API may say more.
 */
export const RUN_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;

export const startedRunSchema = z.looseObject({ runId: z.string(), taskId: z.string() });

const stageSchema = z.looseObject({
  name: z.string(),
  status: z.enum(['running', 'succeeded', 'failed']),
  rows: z.number().nullable(),
  durationMs: z.number(),
});

const tableChangeSchema = z.looseObject({
  table: z.string(),
  rows: z.number().nullable(),
  inserted: z.number(),
  deleted: z.number(),
  unchanged: z.number().nullable(),
});

export const runSchema = z.looseObject({
  runId: z.string(),
  taskId: z.string(),
  pipeline: z.string(),
  version: z.number(),
  status: z.enum(RUN_STATUSES),
  dryRun: z.boolean(),
  progress: z.looseObject({ done: z.number(), total: z.number().nullable(), note: z.string() }).nullable(),
  stages: z.array(stageSchema),
  tables: z.array(tableChangeSchema).nullable(),
  issues: z.array(z.looseObject({ rule: z.string(), count: z.number() })),
  error: z.looseObject({ message: z.string() }).nullable(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});

export const runPageSchema = z.looseObject({ total: z.number(), runs: z.array(runSchema) });

export const taskSchema = z.looseObject({
  status: z.string(),
  name: z.string(),
  description: z.string(),
  created_at: z.string(),
  enqueued_at: z.string(),
  started_at: z.string(),
  ended_at: z.string(),
  result: z.string(),
});

const taskIdsSchema = z.looseObject({ job_ids: z.array(z.string()) });

export const taskListSchema = z.looseObject({
  queued: z.array(z.string()),
  started: taskIdsSchema,
  finished: taskIdsSchema,
  failed: taskIdsSchema,
});

export const definitionSchema = z.looseObject({
  name: z.string(),
  version: z.number(),
  description: z.string().nullable(),
  definition: z.looseObject({ source: z.looseObject({ kind: z.string() }) }),
  createdBy: z.string(),
  createdAt: z.string(),
});

export const DROP_OUTCOMES = ['waiting', 'working', 'loaded', 'rejected', 'superseded', 'interrupted'] as const;

export const dropSchema = z.looseObject({
  key: z.string(),
  state: z.string(),
  outcome: z.enum(DROP_OUTCOMES).nullable(),
  finding: z.string().nullable(),
  reason: z.string().nullable(),
  copiedTo: z.string().nullable(),
  tables: z.array(z.looseObject({ table: z.string(), loaded: z.boolean() })),
});

export const healthSchema = z.looseObject({
  status: z.string(),
  version: z.string(),
  services: z.record(z.string(), z.string()),
});

export const submissionSchema = z.looseObject({ pipeline_id: z.string(), task_id: z.string() });

export const taskStateSchema = z.looseObject({
  task_id: z.string(),
  status: z.enum(['pending', 'completed', 'failed']),
  result: z.record(z.string(), z.unknown()).nullable(),
  error: z.string().nullable(),
});

export const workersSchema = z.looseObject({
  total: z.number(),
  workers: z.array(
    z.looseObject({
      name: z.string(),
      active_tasks: z.number(),
      stats: z.looseObject({ concurrency: z.number(), queues: z.array(z.string()) }),
    }),
  ),
});

export const workersHealthSchema = z.looseObject({
  status: z.string(),
  result: z.looseObject({ stats: z.looseObject({ tasks_processed: z.number(), success_rate: z.number() }) }).optional(),
});

/** Every refusal's body. `detail` is an array where a request had several faults. */
export const refusalSchema = z.looseObject({
  detail: z.union([z.string(), z.array(z.looseObject({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string() }))]),
});

export type StartedRun = z.output<typeof startedRunSchema>;
export type Stage = z.output<typeof stageSchema>;
export type TableChange = z.output<typeof tableChangeSchema>;
export type Run = z.output<typeof runSchema>;
export type RunPage = z.output<typeof runPageSchema>;
export type Task = z.output<typeof taskSchema>;
export type TaskList = z.output<typeof taskListSchema>;
export type Definition = z.output<typeof definitionSchema>;
export type Drop = z.output<typeof dropSchema>;
export type Submission = z.output<typeof submissionSchema>;
export type TaskState = z.output<typeof taskStateSchema>;
export type Workers = z.output<typeof workersSchema>;
export type WorkersHealth = z.output<typeof workersHealthSchema>;
export type Health = z.output<typeof healthSchema>;
