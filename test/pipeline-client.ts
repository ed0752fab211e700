import { eventually } from '@app/testing';
import type { ApiClient, Answer } from './api-client';

/** What the tests look at in `GET /tasks/:id`. */
export interface TaskReport {
  readonly task_id: string;
  readonly status: string;
  readonly error: string | null;
  readonly result: Readonly<Record<string, unknown>> | null;
}

export interface Submission {
  readonly task_id: string;
  readonly pipeline_id: string;
}

type Headers = Readonly<Record<string, string>>;

/** Speaks the words of the pipeline platform. */
export class PipelineClient {
  constructor(readonly api: ApiClient) {}

  send<Body = Submission>(path: string, body: object, headers: Headers = {}): Promise<Answer<Body>> {
    return this.api.send<Body>('POST', path, body, headers);
  }

  /** Waits until the task is done, however it ended. */
  ended(taskId: string): Promise<TaskReport> {
    return eventually(`task ${taskId} ends`, async () => {
      const report = await this.api.get<TaskReport>(`/tasks/${taskId}`);
      return report.status !== 'pending' && report;
    });
  }

  /** A whole pipeline and what became of it. */
  async run(pipeline_config: object, pipeline_id?: string): Promise<TaskReport> {
    const { status, body } = await this.send('/pipelines', { pipeline_config, ...(pipeline_id !== undefined && { pipeline_id }) });
    if (status !== 200) throw new Error(`The pipeline was refused: ${JSON.stringify(body)}`);
    return this.ended(body.task_id);
  }

  /** The newest run that is listed under an id, as `GET /runs/:id` shows it. */
  async runOf<Run>(pipelineId: string): Promise<Run> {
    const { runs } = await this.api.get<{ readonly runs: readonly Run[] }>(`/runs?pipeline=${pipelineId}&limit=1`);
    return runs[0]!;
  }
}
