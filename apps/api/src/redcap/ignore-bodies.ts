import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** Routes of the old system that take nothing but their path. */
const BODILESS = /^\/(sync|backup|backup\/[^/?]+|restore\/[^/?]+|task\/[^/?]+)(\?|$)/;

/** Scripts send these routes whatever body their tool makes up, such as `curl -d ''`; it was never looked at. */
export function ignoreBodies(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, _reply, done) => {
      if (BODILESS.test(request.url)) {
        delete request.headers['content-type'];
        delete request.headers['content-length'];
        delete request.headers['transfer-encoding'];
      }
      done();
    });
}
