import { ApiProperty } from '@nestjs/swagger';
import type { UploadReportEntity } from '@app/pipeline';
import { FindingDto } from './validation.dto';

export class UploadReportDto {
  @ApiProperty({ format: 'uuid' })
  readonly taskId!: string;

  @ApiProperty()
  readonly table!: string;

  @ApiProperty({ description: 'Rows that were found valid' })
  readonly rows!: number;

  @ApiProperty()
  readonly warnings!: number;

  @ApiProperty({ description: 'There were more warnings than are listed (VALIDATION_MAX_FINDINGS)' })
  readonly truncated!: boolean;

  @ApiProperty({ type: [FindingDto], description: 'In the order of rows, then columns' })
  readonly findings!: readonly FindingDto[];
}

export const toUploadReportDto = ({ taskId, table, rows, warnings, findings }: UploadReportEntity): UploadReportDto => ({
  taskId,
  table,
  rows: Number(rows),
  warnings: Number(warnings),
  truncated: Number(warnings) > findings.length,
  findings,
});
