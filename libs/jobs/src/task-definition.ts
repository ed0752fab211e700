import type { z } from 'zod';

/** Queues of the platform; a worker listens to all of them. */
export const QUEUES = ['pipeline', 'ingestion', 'transformation', 'persistence'] as const;
export type QueueName = (typeof QUEUES)[number];

/** A named thing that a task writes. Shared holders run side by side; an exclusive one runs alone. */
export interface LockRequest {
  readonly resource: string;
  readonly mode: 'exclusive' | 'shared';
}

export interface TaskDefinition<Payload = unknown> {
  readonly name: string;
  readonly queue: QueueName;
  /** Parsed when a task is made and again before it is worked on. Ids only, never data. */
  readonly payload: z.ZodType<Payload>;
  readonly locks: (payload: Payload) => readonly LockRequest[];
}

/** A definition whose payload does not matter to who holds it. */
export type AnyTaskDefinition = Pick<TaskDefinition, 'name' | 'queue'>;

/** Declares a kind of work. A worker refuses to start unless each has exactly one processor. */
export const defineTask = <Payload>(definition: TaskDefinition<Payload>): TaskDefinition<Payload> => definition;

export type TaskPayload<T> = T extends TaskDefinition<infer Payload> ? Payload : never;

/** What a processor is given beside its payload. */
export interface TaskControl {
  readonly taskId: string;
  /** Aborted when the task is cancelled, times out, loses its lease, or the worker stops. */
  readonly signal: AbortSignal;
  /** Records how far the work is; may be called as often as one likes, writes are throttled. */
  readonly progress: (progress: TaskProgress) => void;
}

export interface TaskProgress {
  readonly done: number;
  /** Null while it is not known. */
  readonly total: number | null;
  readonly note: string;
}

export interface TaskProcessor<T> {
  /** The result is shown to clients: small, and never a patient value. */
  process(payload: TaskPayload<T>, control: TaskControl): Promise<TaskResult>;
}

export type TaskResult = boolean | Readonly<Record<string, unknown>> | null;
