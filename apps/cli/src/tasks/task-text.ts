import type { Task, TaskList } from '../api/answers';
import { fieldList } from '../text/text-table';

/** What the API shows for a time or a result that is not there. */
const ABSENT = 'None';

export const taskWentWrong = ({ status }: Task): boolean => status === 'failed' || status === 'canceled';

export const taskFields = (task: Task): string[] =>
  fieldList(
    (
      [
        ['Task', task.name],
        ['Description', task.description],
        ['Status', task.status],
        ['Created', task.created_at],
        ['Enqueued', task.enqueued_at],
        ['Started', task.started_at],
        ['Ended', task.ended_at],
        ['Result', task.result],
      ] as const
    ).map(([name, value]) => [name, value === ABSENT ? '-' : value]),
  );

/** Every state with its count, and under it the ids. */
export const taskListText = ({ queued, started, finished, failed }: TaskList): string[] =>
  Object.entries({ queued, started: started.job_ids, finished: finished.job_ids, failed: failed.job_ids }).flatMap(([state, ids]) => [
    `${state}: ${ids.length}`,
    ...ids.map((id) => `  ${id}`),
  ]);
