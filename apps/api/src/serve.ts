import type { IncomingMessage } from 'node:http';
import helmet from '@fastify/helmet';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { CORRELATION_HEADER, correlationIdOf, exitOnStartFailure, withLogContext } from '@app/platform';
import { AppModule } from './app.module';
import { httpConfig } from './http.config';
import { answerWrongMethods } from './method-not-allowed';
import { documentApi } from './openapi';
import { parsePlatformBodies } from './pipelines/json-body';
import { limitRequests } from './rate-limit/limit-requests';
import { ignoreBodies } from './redcap/ignore-bodies';
import { answerBadPaths, answerTablesInTexts } from './tables/answer-in-texts';
import { acceptForms } from './tables/multipart';
import { refuseUnusableRequests } from './unusable-requests';

/** Dashboards that went through a proxy which did not strip its prefix are answered as well. */
const PROXY_PREFIX = '/data/';
/** Of every route there is; by itself the server allows pages of other origins neither PUT nor DELETE. */
const CORS_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Builds the application without listening; tests inject requests into it. */
export async function createApi(): Promise<NestFastifyApplication> {
  const { bodyLimitBytes, corsOrigins, requestsPerMinute } = httpConfig.read();
  const adapter = new FastifyAdapter({
    bodyLimit: bodyLimitBytes,
    genReqId: (request: IncomingMessage) => correlationIdOf(request.headers),
    frameworkErrors: answerBadPaths,
    rewriteUrl: (request: IncomingMessage) =>
      request.url?.startsWith(PROXY_PREFIX) ? request.url.slice(PROXY_PREFIX.length - 1) : (request.url ?? '/'),
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter, { bufferLogs: true });
  app.useLogger(app.get(Logger));
  app.enableShutdownHooks(undefined, { useProcessExit: true });
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    void reply.header(CORRELATION_HEADER, request.id);
    withLogContext({ correlationId: request.id }, done);
  });
  answerTablesInTexts(app);
  limitRequests(app, requestsPerMinute);
  refuseUnusableRequests(app);
  answerWrongMethods(app);
  // The pages under /docs carry inline styles; everything else is JSON.
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: { styleSrc: ["'self'", "'unsafe-inline'"], imgSrc: ["'self'", 'data:'], upgradeInsecureRequests: null },
    },
  });
  ignoreBodies(app);
  parsePlatformBodies(app, bodyLimitBytes);
  await acceptForms(app);
  if (corsOrigins !== false) app.enableCors({ origin: corsOrigins, methods: CORS_METHODS });
  documentApi(app);
  return app;
}

export async function serve(): Promise<void> {
  await exitOnStartFailure(async () => {
    const app = await createApi();
    const { host, port } = httpConfig.read();
    await app.listen(port, host);
  });
}
