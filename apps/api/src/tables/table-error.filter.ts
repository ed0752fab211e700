import { Catch, HttpStatus, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { UploadRefusedError } from '@app/pipeline';
import { httpAnswer, loggable } from '@app/platform';
import type { FastifyReply } from 'fastify';

/** Clients of the table routes read the body of every failure as an array of texts, and show it as a list. */
@Catch()
export class TableErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(TableErrorFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { status, body } = httpAnswer(error);
    if (status >= (HttpStatus.INTERNAL_SERVER_ERROR as number)) this.logger.error(loggable(error), 'request failed');
    void reply.status(status).send(error instanceof UploadRefusedError ? error.messages : [String(body.detail)]);
  }
}
