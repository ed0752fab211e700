import { createHash } from 'node:crypto';
import { HttpStatus } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { RateLimiter } from './rate-limiter';

/** What asks whether the process lives must hear it, however busy its other clients are. */
const UNLIMITED = new Set(['/health', '/metrics']);

/** Refuses what one client sends beyond its share. A client is a key at an address. @param perMinute none are refused when 0 */
export function limitRequests(app: NestFastifyApplication, perMinute: number): void {
  if (perMinute === 0) return;
  const limiter = new RateLimiter(perMinute);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      const waitSeconds = UNLIMITED.has(request.url.split('?', 1)[0] ?? '') ? 0 : limiter.take(clientOf(request));
      if (waitSeconds === 0) {
        done();
        return;
      }
      const detail = `More than ${perMinute} requests a minute (RATE_LIMIT_PER_MINUTE); try again in ${waitSeconds} s.`;
      void reply.header('Retry-After', waitSeconds).status(HttpStatus.TOO_MANY_REQUESTS).send({ detail, code: 'rate-limited' });
    });
}

/** Keys are not kept as they are. */
function clientOf({ ip, headers }: FastifyRequest): string {
  const key = headers['x-api-key'] ?? headers.authorization;
  return key === undefined
    ? ip
    : createHash('sha256')
        .update(`${ip} ${String(key)}`)
        .digest('base64');
}
