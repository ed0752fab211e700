import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line of one piece of work carries. */
export interface LogContext {
  readonly correlationId?: string;
  /** The definition's name, or the id of a pipeline that was sent along. */
  readonly pipelineId?: string;
  readonly runId?: string;
  readonly taskId?: string;
  readonly stage?: string;
}

const storage = new AsyncLocalStorage<LogContext>();

/** The fields of the work that is being done now; empty outside of any. */
export const currentLogContext = (): LogContext => storage.getStore() ?? {};

/** Runs `work` so that its log lines carry `fields` beside those already set. */
export const withLogContext = <T>(fields: LogContext, work: () => T): T => storage.run({ ...currentLogContext(), ...fields }, work);
