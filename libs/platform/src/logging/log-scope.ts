import type { LoggerService } from '@nestjs/common';
import { withLogContext, type LogContext } from './log-context';

type Log = Pick<LoggerService, 'log' | 'error'>;

/** Work on a pipeline: its lines carry the pipeline's id, and its start and end are logged. */
export const pipelineScope = <T>(logger: Log, pipelineId: string, work: () => Promise<T>): Promise<T> =>
  scope(logger, 'Pipeline', pipelineId, { pipelineId }, work);

/** Work on one stage of a pipeline. */
export const stageScope = <T>(logger: Log, stage: string, work: () => Promise<T>): Promise<T> =>
  scope(logger, 'Pipeline stage', stage, { stage }, work);

/** Work on one task. */
export const taskScope = <T>(logger: Log, taskId: string, work: () => Promise<T>): Promise<T> =>
  scope(logger, 'Task', taskId, { taskId }, work);

/** The reason of a failure is logged by who handles it. */
function scope<T>(logger: Log, what: string, name: string, fields: LogContext, work: () => Promise<T>): Promise<T> {
  return withLogContext(fields, async () => {
    logger.log(`${what} started: ${name}`);
    try {
      const result = await work();
      logger.log(`${what} completed: ${name}`);
      return result;
    } catch (error) {
      logger.error(`${what} failed: ${name}`);
      throw error;
    }
  });
}
