import { Controller, Get, Param } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { UploadReports } from '@app/pipeline';
import { toUploadReportDto, UploadReportDto } from './upload-report.dto';

@ApiTags('Tables')
@Controller('uploads')
export class UploadsController {
  constructor(private readonly reports: UploadReports) {}

  @Get(':id')
  @ApiOperation({
    summary: 'What was noticed in an upload that was taken',
    description: 'By the id of its task, as long as that is known.',
  })
  @ApiOkResponse({ type: UploadReportDto })
  @ApiNotFoundResponse({ description: '`task-not-found`' })
  async get(@Param('id') id: string): Promise<UploadReportDto> {
    return toUploadReportDto(await this.reports.get(id));
  }
}
