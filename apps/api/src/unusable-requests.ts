import { HttpStatus } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RequestInvalidError } from '@app/platform';
import type { FastifyRequest } from 'fastify';

/** Deeper than any document; what walks over a body may call itself. */
const MAX_DEPTH = 100;
/** PostgreSQL stores every character but this one. */
const NUL = '\u0000';
/** Routes of the dashboards: to them it is a name like any other that nothing has. */
const KNOWS_ANY_NAME = /^\/(?:table|backups?|restore)\//;
/** Keys of runs are stored and indexed. */
const MAX_IDEMPOTENCY_KEY_LENGTH = 255;

/** Answers 400 where the line or a header of a request cannot be used, whatever its route. */
export function refuseUnusableRequests(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      const fault = faultOf(request);
      if (fault === null) done();
      else void reply.status(HttpStatus.BAD_REQUEST).send({ detail: fault });
    });
}

/** The fault of a body that is JSON, but cannot be stored or walked over; null when it can. */
export function unusableBody(body: unknown): RequestInvalidError | null {
  const msg = bodyFault(body, MAX_DEPTH);
  return msg === null ? null : new RequestInvalidError([{ type: 'value_error', loc: ['body'], msg }]);
}

function faultOf({ url, headers }: FastifyRequest): string | null {
  if (url.includes('%00') && !KNOWS_ANY_NAME.test(url)) return 'The address holds the character U+0000, which no name has.';
  const key = headers['idempotency-key'];
  if (typeof key === 'string' && key.length > MAX_IDEMPOTENCY_KEY_LENGTH) {
    return `Idempotency-Key has ${key.length} characters; at most ${MAX_IDEMPOTENCY_KEY_LENGTH} are allowed.`;
  }
  return null;
}

function bodyFault(value: unknown, levels: number): string | null {
  if (typeof value === 'string') return value.includes(NUL) ? 'Texts may not hold the character U+0000' : null;
  if (typeof value !== 'object' || value === null) return null;
  if (levels === 0) return `Nested deeper than ${MAX_DEPTH} levels`;
  for (const [key, member] of Object.entries(value)) {
    const fault = bodyFault(key, levels) ?? bodyFault(member, levels - 1);
    if (fault !== null) return fault;
  }
  return null;
}
