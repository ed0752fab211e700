import { Controller, Get, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BackupService } from '@app/backup';
import { AnswersOnce } from '../idempotency/answers-once.interceptor';
import { BackupDto, StartedTaskDto, toBackupDto } from './backup.dto';

@ApiTags('Backups')
@Controller('backups')
export class BackupsController {
  constructor(private readonly backups: BackupService) {}

  @Get()
  @ApiOperation({ summary: 'Backups with what is known of each, newest first' })
  @ApiOkResponse({ type: [BackupDto] })
  async list(): Promise<BackupDto[]> {
    const now = new Date();
    return (await this.backups.list()).map((backup) => toBackupDto(backup, now));
  }

  @Get(':name')
  @ApiOperation({ summary: 'One backup' })
  @ApiOkResponse({ type: BackupDto })
  @ApiNotFoundResponse({ description: '`backup-not-found`' })
  async get(@Param('name') name: string): Promise<BackupDto> {
    return toBackupDto(await this.backups.get(name), new Date());
  }

  @Post(':name/prove')
  @AnswersOnce()
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Restore a backup on trial',
    description:
      'Into a database of its own, beside the warehouse; the rows of every table are compared. The backup is then `proved`, or `created` again if it failed.',
  })
  @ApiAcceptedResponse({ type: StartedTaskDto })
  @ApiNotFoundResponse({ description: '`backup-not-found`; nothing was queued' })
  async prove(@Param('name') name: string): Promise<StartedTaskDto> {
    return { taskId: await this.backups.requestProof(name) };
  }
}
