import { HttpStatus } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';

const TABLE_ROUTE = /^\/table(\/|\?|$)/;

/** The failures of table routes that never reach a controller: wrong methods, too many requests, unknown paths. Call before routes are made. */
export function answerTablesInTexts(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('preSerialization', (request, reply, body: unknown, done) => {
      done(null, reply.statusCode >= (HttpStatus.BAD_REQUEST as number) && hasDetail(body) ? failureBody(request, body) : body);
    });
}

/** Paths that cannot be decoded, which no hook and no filter sees. */
export function answerBadPaths(error: Error, request: Pick<FastifyRequest, 'url'>, reply: Pick<FastifyReply, 'status'>): void {
  void reply.status(HttpStatus.BAD_REQUEST).send(failureBody(request, { detail: error.message }));
}

/** Clients of the table routes read the body of every failure as an array of texts. */
const failureBody = ({ url }: Pick<FastifyRequest, 'url'>, body: { readonly detail: unknown }): unknown =>
  TABLE_ROUTE.test(url) ? [String(body.detail)] : body;

const hasDetail = (body: unknown): body is { readonly detail: unknown } => typeof body === 'object' && body !== null && 'detail' in body;
