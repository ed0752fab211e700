import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { malformedJson } from '@app/platform';
import { unusableBody } from '../unusable-requests';

/** Routes whose clients are told of malformed JSON as of any other fault of a body. */
const PLATFORM_ROUTE = /^\/(pipelines|tasks|transforms)(\/|\?|$)/;

/** JSON as everywhere, but a body that is none answers 422 with its place on the routes of the pipeline platform. */
export function parsePlatformBodies(app: NestFastifyApplication, bodyLimit: number): void {
  const parse = app.getHttpAdapter().getInstance().getDefaultJsonParser('error', 'error');
  app.useBodyParser('application/json', { bodyLimit }, (request, body: Buffer, done) => {
    // Many clients send the type with every request, also where there is nothing to send.
    if (body.length === 0 && (request.method === 'DELETE' || !PLATFORM_ROUTE.test(request.url))) {
      done(null, undefined);
      return;
    }
    const text = body.toString('utf8');
    const answer = (error: Error | null, value?: unknown): void => {
      const isOurs = error !== null && PLATFORM_ROUTE.test(request.url);
      const fault = isOurs ? malformedJson(text) : (error ?? unusableBody(value));
      done(fault, fault === null ? value : undefined);
    };
    void parse(request as never, text, answer);
  });
}
