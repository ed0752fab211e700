import { Injectable } from '@nestjs/common';
import type { Secret } from '@app/platform';
import type { z } from 'zod';
import { CommandFailedError } from '../command-failed.error';
import { Terminal } from '../terminal';
import {
  definitionSchema,
  dropSchema,
  healthSchema,
  runPageSchema,
  runSchema,
  startedRunSchema,
  submissionSchema,
  taskListSchema,
  taskSchema,
  taskStateSchema,
  workersHealthSchema,
  workersSchema,
  type Definition,
  type Drop,
  type Health,
  type Run,
  type RunPage,
  type StartedRun,
  type Submission,
  type Task,
  type TaskList,
  type TaskState,
  type Workers,
  type WorkersHealth,
} from './answers';
import { ApiError } from './api.error';

const REQUEST_TIMEOUT_MS = 30_000;
const SERVICE_UNAVAILABLE = 503;

export interface ApiAddress {
  /** Without a slash at its end. */
  readonly url: string;
  readonly key: Secret | null;
}

export interface StartRunRequest {
  readonly pipeline: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly full: boolean;
  readonly dryRun: boolean;
}

interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A status beside the successful ones whose body is an answer too. */
  readonly alsoAnswers?: number;
}

/** The API's routes as functions. Each rejects with an {@link ApiError} that is fit for the user's eyes. */
@Injectable()
export class ApiClient {
  private url = '';
  private headers: Readonly<Record<string, string>> = {};

  constructor(private readonly terminal: Terminal) {}

  /** Sets whom to ask; once, before the first question. */
  connect({ url, key }: ApiAddress): void {
    this.url = url;
    if (key === null) return;
    this.headers = { authorization: `Bearer ${key.reveal()}` };
    if (!isSendable(this.headers)) {
      throw new CommandFailedError('The API key holds a character that no key can hold; check TRIBUTARY_API_KEY or --api-key.');
    }
  }

  definitions(): Promise<Definition[]> {
    return this.ask('/definitions', definitionSchema.array());
  }

  definition(name: string): Promise<Definition> {
    return this.ask(`/definitions/${encodeURIComponent(name)}`, definitionSchema);
  }

  /** Stores a document as the newest version; one that is equal to it changes nothing. */
  putDefinition(name: string, document: unknown): Promise<Definition> {
    return this.ask(`/definitions/${encodeURIComponent(name)}`, definitionSchema, { method: 'PUT', body: document });
  }

  /** One page. */
  drops(filter: Readonly<Record<string, string>>): Promise<Drop[]> {
    return this.ask(`/drops?${new URLSearchParams(filter).toString()}`, dropSchema.array());
  }

  startRun(body: StartRunRequest, idempotencyKey?: string): Promise<StartedRun> {
    const headers = idempotencyKey === undefined ? undefined : { 'idempotency-key': idempotencyKey };
    return this.ask('/runs', startedRunSchema, { method: 'POST', body, headers });
  }

  runs(filter: Readonly<Record<string, string>>): Promise<RunPage> {
    return this.ask(`/runs?${new URLSearchParams(filter).toString()}`, runPageSchema);
  }

  run(id: string): Promise<Run> {
    return this.ask(`/runs/${encodeURIComponent(id)}`, runSchema);
  }

  resume(id: string): Promise<StartedRun> {
    return this.ask(`/runs/${encodeURIComponent(id)}/resume`, startedRunSchema, { method: 'POST' });
  }

  cancel(id: string): Promise<StartedRun> {
    return this.ask(`/runs/${encodeURIComponent(id)}/cancel`, startedRunSchema, { method: 'POST' });
  }

  tasks(): Promise<TaskList> {
    return this.ask('/task', taskListSchema);
  }

  task(id: string): Promise<Task> {
    return this.ask(`/task/${encodeURIComponent(id)}`, taskSchema);
  }

  health(): Promise<Health> {
    return this.ask('/health', healthSchema, { alsoAnswers: SERVICE_UNAVAILABLE });
  }

  /** A pipeline (`/pipelines`) or one of its stages (`/tasks/…`). */
  submit(path: string, body: unknown): Promise<Submission> {
    return this.ask(path, submissionSchema, { method: 'POST', body });
  }

  taskState(id: string): Promise<TaskState> {
    return this.ask(`/tasks/${encodeURIComponent(id)}`, taskStateSchema);
  }

  workers(): Promise<Workers> {
    return this.ask('/workers', workersSchema);
  }

  workersHealth(): Promise<WorkersHealth> {
    return this.ask('/workers/health', workersHealthSchema);
  }

  private async ask<T>(path: string, schema: z.ZodType<T>, request: Request = {}): Promise<T> {
    const { response, body } = await this.send(path, request);
    const answer = schema.safeParse(body);
    const isAnswer = response.ok || (response.status === request.alsoAnswers && answer.success);
    if (!isAnswer) throw ApiError.refused(this.url, response, body);
    if (!answer.success) throw ApiError.notUnderstood(this.url, path, faultOf(answer.error));
    return answer.data;
  }

  private async send(path: string, { method = 'GET', body, headers }: Request): Promise<{ response: Response; body: unknown }> {
    const { interrupt } = this.terminal.streams;
    const json = body === undefined ? undefined : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    try {
      const response = await fetch(this.url + path, {
        method,
        body: json?.body,
        headers: { accept: 'application/json', ...this.headers, ...json?.headers, ...headers },
        // A key is for the address it was given for, and for no other.
        redirect: 'manual',
        signal: AbortSignal.any([interrupt, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      return { response, body: parseJson(await response.text()) };
    } catch (cause) {
      interrupt.throwIfAborted();
      throw ApiError.unreachable(this.url, cause);
    }
  }
}

const isSendable = (headers: Readonly<Record<string, string>>): boolean => {
  try {
    new Headers(headers);
    return true;
  } catch {
    return false;
  }
};

/** Undefined for what is no JSON, such as a proxy's page. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

const faultOf = ({ issues: [first] }: z.ZodError): string =>
  first ? [first.path.join('.'), first.message].filter(Boolean).join(': ') : 'no reason';
