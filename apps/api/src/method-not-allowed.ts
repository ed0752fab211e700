import { HttpStatus } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

interface Route {
  readonly pattern: RegExp;
  readonly methods: readonly string[];
}

/** A path that exists under other methods answers 405 and names them, where it would answer 404. Call before routes are made. */
export function answerWrongMethods(app: NestFastifyApplication): void {
  const routes: Route[] = [];
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRoute', ({ url, method }) => {
    // What takes the rest of a path whatever it is would allow everything.
    if (!url.includes('*')) routes.push({ pattern: patternOf(url), methods: [method].flat() });
  });
  server.addHook('onRequest', (request, reply, done) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = request.is404 ? routes.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods) : [];
    if (methods.length === 0) {
      done();
      return;
    }
    void reply
      .header('Allow', [...new Set(methods)].sort().join(', '))
      .status(HttpStatus.METHOD_NOT_ALLOWED)
      .send({ detail: 'Method Not Allowed' });
  });
}

/** `/tasks/:id` as an expression; a trailing slash makes another path. */
const patternOf = (url: string): RegExp =>
  new RegExp(`^${url.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replace(/:[A-Za-z0-9_]+/g, '[^/]+')}$`);
