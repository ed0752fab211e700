import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNotEmpty, IsObject, IsOptional, IsString, IsUUID, Max, Min } from 'class-validator';
import { QUARANTINE_STATES, type EditedValue, type QuarantineState, type QuarantineView } from '@app/pipeline';

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 500;

export class ListQuarantineDto {
  @ApiPropertyOptional({ description: 'Only rows of this pipeline' })
  @IsOptional()
  @IsString()
  readonly definition?: string;

  @ApiPropertyOptional({ description: 'Only rows of this table' })
  @IsOptional()
  @IsString()
  readonly table?: string;

  @ApiPropertyOptional({ format: 'uuid', description: 'Only rows of this run' })
  @IsOptional()
  @IsUUID()
  readonly run?: string;

  @ApiPropertyOptional({ enum: QUARANTINE_STATES })
  @IsOptional()
  @IsIn(QUARANTINE_STATES)
  readonly state?: QuarantineState;

  @ApiPropertyOptional({ default: DEFAULT_PAGE_SIZE, maximum: MAX_PAGE_SIZE })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  readonly limit: number = DEFAULT_PAGE_SIZE;

  @ApiPropertyOptional({ default: 0 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  readonly offset: number = 0;
}

export class PointerDto {
  @ApiProperty({ description: 'Part of the run’s transformed tables', example: 'table-0000' })
  readonly part!: string;

  @ApiProperty({ description: 'Row of that part, counted from 1' })
  readonly line!: number;

  @ApiProperty({ type: String, nullable: true, description: 'The column that the rule speaks of' })
  readonly column!: string | null;
}

export class QuarantinedRowDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ format: 'uuid' })
  readonly runId!: string;

  @ApiProperty()
  readonly definition!: string;

  @ApiProperty()
  readonly table!: string;

  @ApiProperty({ description: 'Id of the first rule that the row breaks' })
  readonly rule!: string;

  @ApiProperty({ description: 'All that is wrong with it, without its values' })
  readonly message!: string;

  @ApiProperty({ type: PointerDto })
  readonly pointer!: PointerDto;

  @ApiProperty({
    enum: QUARANTINE_STATES,
    description: '`superseded`: a later run renewed the whole table, so this row is not replayed any more',
  })
  readonly state!: QuarantineState;

  @ApiProperty({
    type: Object,
    nullable: true,
    description: 'Values by column, as PostgreSQL writes them, edits included; null without the role operator',
  })
  readonly row!: Readonly<Record<string, string | null>> | null;

  @ApiProperty()
  readonly createdAt!: Date;

  @ApiProperty({ type: Date, nullable: true })
  readonly replayedAt!: Date | null;
}

export class QuarantinePageDto {
  @ApiProperty()
  readonly total!: number;

  @ApiProperty({ type: [QuarantinedRowDto], description: 'Newest first' })
  readonly rows!: readonly QuarantinedRowDto[];
}

export class ReplayRowDto {
  @ApiPropertyOptional({
    type: Object,
    description: 'By column, values to take in place of the row’s own; each a text, number, boolean or null',
    example: { weight: 71.5 },
  })
  @IsOptional()
  @IsObject()
  readonly values?: Readonly<Record<string, EditedValue>>;
}

export class ReplayAllDto {
  @ApiProperty({ description: 'Name of the pipeline' })
  @IsString()
  @IsNotEmpty()
  readonly definition!: string;

  @ApiPropertyOptional({ description: 'Only rows of this table' })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  readonly table?: string;
}

export class ReplayTaskDto {
  @ApiProperty({ format: 'uuid', description: 'The task; its result says how many rows were `replayed` and `refused`' })
  readonly taskId!: string;
}

export const toQuarantinedRowDto = (view: QuarantineView, showsValues: boolean): QuarantinedRowDto => ({
  id: view.id,
  runId: view.runId,
  definition: view.definitionName,
  table: view.tableName,
  rule: view.rule,
  message: view.message,
  pointer: { part: view.part, line: Number(view.line), column: view.columnName },
  state: view.state,
  row: showsValues ? Object.fromEntries(view.columns.map(({ name }) => [name, { ...view.row, ...view.edits }[name] ?? null])) : null,
  createdAt: view.createdAt,
  replayedAt: view.replayedAt,
});
