import { HttpException, HttpStatus, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { httpAnswer } from '@app/platform';
import { catchError, throwError, type Observable } from 'rxjs';

/** Clients of the platform are told of our own failures with status 500 and what could not be done. */
export class FailurePrefix implements NestInterceptor {
  constructor(private readonly prefix: string) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(catchError((error: unknown) => throwError(() => this.prefixed(error))));
  }

  private prefixed(error: unknown): unknown {
    const { status, body } = httpAnswer(error);
    if (status < (HttpStatus.INTERNAL_SERVER_ERROR as number)) return error;
    return new HttpException(`${this.prefix}: ${String(body.detail)}`, HttpStatus.INTERNAL_SERVER_ERROR, { cause: error });
  }
}
