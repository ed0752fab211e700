import { Controller, Header, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { REDCAP_DEFINITION, RunService } from '@app/pipeline';
import { AnswersOnce } from '../idempotency/answers-once.interceptor';

@ApiTags('REDCap')
@Controller()
export class SyncController {
  constructor(private readonly runs: RunService) {}

  @Post('sync')
  @AnswersOnce()
  @HttpCode(HttpStatus.OK)
  @Header('Content-Type', 'application/json; charset=utf-8')
  @ApiOperation({
    summary: 'Synchronise the REDCap project',
    description: 'Starts a run of the pipeline `redcap`. Follow it with `GET /task/{id}`.',
  })
  @ApiOkResponse({ description: 'The task id as a bare JSON string', schema: { type: 'string', format: 'uuid' } })
  async sync(): Promise<string> {
    const { taskId } = await this.runs.start({ pipeline: REDCAP_DEFINITION.name, trigger: 'sync', displayName: 'reload.entrypoint' });
    return JSON.stringify(taskId);
  }
}
