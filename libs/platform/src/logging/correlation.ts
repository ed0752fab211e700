import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A client's id for what belongs together; echoed in the answer and carried by every log line of the request. */
export const CORRELATION_HEADER = 'x-correlation-id';

/** It is echoed and logged, so it must be short and harmless. */
const SAFE = /^[\w.:-]{1,128}$/;

/** The client's own correlation id, or a new one where it sent none that is safe. */
export function correlationIdOf(headers: IncomingHttpHeaders): string {
  const given = headers[CORRELATION_HEADER];
  return typeof given === 'string' && SAFE.test(given) ? given : randomUUID();
}
