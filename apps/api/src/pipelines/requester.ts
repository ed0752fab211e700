import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Requester } from '@app/pipeline';
import type { AuthenticatedRequest } from '@app/platform';

/** Who asks, and under which idempotency key. */
export const RequestedBy = createParamDecorator((_data: unknown, context: ExecutionContext): Requester => {
  const { principal, headers } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  const key = headers['idempotency-key'];
  return { principal, ...(typeof key === 'string' && key !== '' && { idempotencyKey: key }) };
});
