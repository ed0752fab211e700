import { eventually } from '@app/testing';

/** `GET /task/:id`: every value is a text. */
export interface TaskView {
  readonly status: string;
  readonly name: string;
  readonly created_at: string;
  readonly enqueued_at: string;
  readonly started_at: string;
  readonly ended_at: string;
  readonly description: string;
  readonly result: string;
}

export interface TableChange {
  readonly table: string;
  readonly rows: number;
  readonly inserted: number;
  readonly deleted: number;
  readonly unchanged: number;
}

/** What the tests look at in `GET /runs/:id`. */
export interface RunView {
  readonly runId: string;
  readonly taskId: string;
  readonly status: string;
  readonly stages: readonly { readonly name: string; readonly status: string; readonly rows: number | null }[];
  readonly tables: readonly TableChange[] | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface StartedRun {
  readonly runId: string;
  readonly taskId: string;
}

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, else the text. */
  readonly body: Body;
}

/** Talks to a running API, as a dashboard or a script would. */
export class ApiClient {
  constructor(
    readonly url: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  async send<Body>(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Body>> {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...this.headers, ...json, ...headers },
      body: typeof body === 'string' || body === undefined ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
  }

  async get<Body>(path: string): Promise<Body> {
    return (await this.send<Body>('GET', path)).body;
  }

  /** Queues a REDCap sync; resolves to its task's id. */
  async startSync(): Promise<string> {
    return (await this.send<string>('POST', '/sync')).body;
  }

  /** Waits until the task is done, however it ended. */
  async ended(taskId: string): Promise<TaskView> {
    return eventually(`task ${taskId} ends`, async () => {
      const { status, body: task } = await this.send<TaskView>('GET', `/task/${taskId}`);
      // A test may take the database away; the API then says so, and the task goes on.
      return status === 200 && task.status !== 'queued' && task.status !== 'started' && task;
    });
  }

  /** A whole sync: the task as it ended. */
  async sync(): Promise<TaskView> {
    return this.ended(await this.startSync());
  }

  async startRun(body: Readonly<Record<string, unknown>> = {}): Promise<StartedRun> {
    return (await this.send<StartedRun>('POST', '/runs', { pipeline: 'redcap', ...body })).body;
  }

  run(runId: string): Promise<RunView> {
    return this.get(`/runs/${runId}`);
  }

  /** A run and what became of it. */
  async runToItsEnd(body: Readonly<Record<string, unknown>> = {}): Promise<RunView> {
    const { runId, taskId } = await this.startRun(body);
    await this.ended(taskId);
    return this.run(runId);
  }

  async latestRun(): Promise<RunView> {
    const { runs } = await this.get<{ readonly runs: readonly RunView[] }>('/runs?limit=1');
    return runs[0]!;
  }
}
