import {
  applyDecorators,
  Injectable,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ApiConflictResponse, ApiHeader } from '@nestjs/swagger';
import { idempotencyKey, IdempotencyStore } from '@app/jobs';
import { IdempotencyConflictError } from '@app/pipeline';
import type { AuthenticatedRequest } from '@app/platform';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { z } from 'zod';

const answerSchema = z.object({ request: z.string(), answer: z.unknown() });

/**
 * Answers a request that is sent again under its `Idempotency-Key` as it was answered first, and does nothing. For routes whose answers
 * are small and hold neither rows nor secrets, since they are kept in Redis.
 */
@Injectable()
class AnswersOnceInterceptor implements NestInterceptor {
  constructor(private readonly store: IdempotencyStore) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const key = request.headers['idempotency-key'];
    return typeof key === 'string' && key !== '' ? from(this.once(key, request, next)) : next.handle();
  }

  private async once(key: string, { method, url, body, principal }: AuthenticatedRequest, next: CallHandler): Promise<unknown> {
    const request = idempotencyKey(`${method} ${url}`, body ?? null, '');
    const guarded = { name: `${method} ${url}`, sourceId: `http:${principal.name}`, content: key, result: answerSchema };
    const first = await this.store.guard(guarded, async () => ({ request, answer: await lastValueFrom<unknown>(next.handle()) }));
    if (first.request !== request) throw new IdempotencyConflictError();
    return first.answer;
  }
}

/** A route that honours `Idempotency-Key`. */
export const AnswersOnce = (): MethodDecorator =>
  applyDecorators(
    UseInterceptors(AnswersOnceInterceptor),
    ApiHeader({ name: 'Idempotency-Key', required: false, description: 'The same key with the same request answers as the first time.' }),
    ApiConflictResponse({ description: '`idempotency-conflict`: the key was used for another request, or the first is still at work' }),
  );
