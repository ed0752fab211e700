import { ApiProperty } from '@nestjs/swagger';
import { SEVERITIES, type Report, type Severity } from '@app/validation';

export class FindingDto {
  @ApiProperty({ description: 'Id of the rule', example: 'date' })
  readonly rule!: string;

  @ApiProperty({ enum: SEVERITIES, description: 'An `error` refuses the upload; a `warning` stops nothing' })
  readonly severity!: Severity;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'AB17',
    description: 'The cell as a spreadsheet names it; null for a column as a whole',
  })
  readonly coordinates!: string | null;

  @ApiProperty({ type: Number, nullable: true, description: 'The first data row is 3' })
  readonly row!: number | null;

  @ApiProperty({ type: String, nullable: true })
  readonly column!: string | null;

  @ApiProperty({ description: 'In words; never the value' })
  readonly message!: string;
}

export class ValidationReportDto {
  @ApiProperty({ description: 'No error was found' })
  readonly valid!: boolean;

  @ApiProperty()
  readonly errors!: number;

  @ApiProperty()
  readonly warnings!: number;

  @ApiProperty({ description: 'There were more findings than are listed (VALIDATION_MAX_FINDINGS of each severity)' })
  readonly truncated!: boolean;

  @ApiProperty({ type: [FindingDto], description: 'In the order of rows, then columns' })
  readonly findings!: readonly FindingDto[];
}

export const toValidationReportDto = ({ isValid, errors, warnings, findings }: Report): ValidationReportDto => ({
  valid: isValid,
  errors,
  warnings,
  truncated: errors + warnings > findings.length,
  findings,
});
