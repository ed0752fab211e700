import { Controller, Delete, Get, Header, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BackupService } from '@app/backup';
import { AnswersOnce } from '../idempotency/answers-once.interceptor';

const JSON_TYPE = 'application/json; charset=utf-8';
const TASK_ID = {
  description: 'The task id as a bare JSON string; follow it with `GET /task/{id}`',
  schema: { type: 'string', format: 'uuid' },
};
const NOT_FOUND = { description: '`backup-not-found`; nothing was queued' };

/** The old system's routes, as its dashboards call them. */
@ApiTags('Backups')
@Controller()
export class BackupController {
  constructor(private readonly backups: BackupService) {}

  @Get('backup')
  @ApiOperation({ summary: 'Names of the backups, newest first' })
  @ApiOkResponse({ schema: { type: 'array', items: { type: 'string' }, example: ['2024-05-06 07:08:09.123456'] } })
  list(): Promise<string[]> {
    return this.backups.names();
  }

  @Post('backup')
  @AnswersOnce()
  @HttpCode(HttpStatus.OK)
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({
    summary: 'Back the warehouse up',
    description: 'Under the current local time. It is listed once it is complete, listed by `pg_restore` and counted.',
  })
  @ApiOkResponse(TASK_ID)
  async create(): Promise<string> {
    const { taskId } = await this.backups.create('request');
    return JSON.stringify(taskId);
  }

  @Delete('backup/:name')
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'Delete a backup' })
  @ApiOkResponse(TASK_ID)
  @ApiNotFoundResponse(NOT_FOUND)
  async remove(@Param('name') name: string): Promise<string> {
    return JSON.stringify(await this.backups.requestDeletion(name));
  }

  @Post('restore/:name')
  @AnswersOnce()
  @HttpCode(HttpStatus.OK)
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({
    summary: 'Replace the warehouse’s data by a backup',
    description:
      'Checked first, then a safety backup of what is there, then all or nothing: a restore that fails leaves the data as it was. Tables made after the backup go.',
  })
  @ApiOkResponse(TASK_ID)
  @ApiNotFoundResponse(NOT_FOUND)
  async restore(@Param('name') name: string): Promise<string> {
    return JSON.stringify(await this.backups.requestRestore(name));
  }
}
