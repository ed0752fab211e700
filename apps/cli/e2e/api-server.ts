import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An answer of the API, or a connection that breaks before there is one. */
export type Answer =
  { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown } | 'broken connection';

export interface ReceivedRequest {
  readonly route: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** A server that gives prepared answers, by method and path; what was not prepared is not found. */
export class ApiServer {
  readonly requests: ReceivedRequest[] = [];
  private readonly answers = new Map<string, (() => Answer)[]>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ApiServer> {
    const server = createServer((request, response) => void api.handle(request, response));
    const api = new ApiServer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Prepares answers that are given one after the other; the last one again and again. */
  on(route: string, ...answers: (Answer | (() => Answer))[]): this {
    this.answers.set(
      route,
      answers.map((answer) => (typeof answer === 'function' ? answer : () => answer)),
    );
    return this;
  }

  reset(): void {
    this.answers.clear();
    this.requests.length = 0;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method ?? ''} ${request.url ?? ''}`;
    const body = await text(request);
    this.requests.push({ route, headers: request.headers, body: body === '' ? undefined : JSON.parse(body) });
    const answer = this.next(route);
    if (answer === 'broken connection') {
      request.socket.destroy();
      return;
    }
    const isText = typeof answer.body === 'string';
    response.writeHead(answer.status ?? 200, { 'content-type': isText ? 'text/html' : 'application/json', ...answer.headers });
    response.end(isText ? answer.body : JSON.stringify(answer.body));
  }

  private next(route: string): Answer {
    const answers = this.answers.get(route) ?? [];
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer ? answer() : { status: 404, body: { detail: 'Not Found' } };
  }
}
