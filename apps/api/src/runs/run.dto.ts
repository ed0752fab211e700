import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsNotEmpty, IsObject, IsOptional, IsString, Max, Min } from 'class-validator';
import { RUN_STATUSES, STAGES, type RunStatus, type RunView } from '@app/pipeline';

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 500;

export class StartRunDto {
  @ApiProperty({ description: 'Name of the pipeline, as listed by `GET /definitions`.', example: 'redcap' })
  @IsString()
  @IsNotEmpty()
  readonly pipeline!: string;

  @ApiPropertyOptional({
    type: Object,
    default: {},
    description:
      '`{"allowShrink": true}` lets this run remove more rows than the shrink brake allows. `{"allowRemovedFields": true}` lets it go on ' +
      'although mapped fields are gone from the data dictionary; the dictionary then counts as accepted.',
  })
  @IsOptional()
  @IsObject()
  readonly parameters: Record<string, unknown> = {};

  @ApiPropertyOptional({ default: false, description: 'Extract everything again, not only what changed since the last watermark.' })
  @IsOptional()
  @IsBoolean()
  readonly full: boolean = false;

  @ApiPropertyOptional({
    default: false,
    description: 'Do everything but publish; `GET /runs/{runId}/difference` then shows what would be written.',
  })
  @IsOptional()
  @IsBoolean()
  readonly dryRun: boolean = false;
}

export class StartedRunDto {
  @ApiProperty({ format: 'uuid' })
  readonly runId!: string;

  @ApiProperty({ format: 'uuid', description: 'The task that carries the run out' })
  readonly taskId!: string;
}

export class ListRunsDto {
  @ApiPropertyOptional({ description: 'Only runs of this pipeline' })
  @IsOptional()
  @IsString()
  readonly pipeline?: string;

  @ApiPropertyOptional({ enum: RUN_STATUSES })
  @IsOptional()
  @IsIn(RUN_STATUSES)
  readonly status?: RunStatus;

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

export class StageDto {
  @ApiProperty({ enum: STAGES })
  readonly name!: string;

  @ApiProperty({ enum: ['running', 'succeeded', 'failed'] })
  readonly status!: string;

  @ApiProperty({ type: Number, nullable: true, description: 'Rows it worked on; for `publish`, rows written' })
  readonly rows!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Bytes it staged' })
  readonly bytes!: number | null;

  @ApiProperty({ description: 'Over all attempts' })
  readonly durationMs!: number;

  @ApiProperty()
  readonly startedAt!: Date;

  @ApiProperty({ type: Date, nullable: true })
  readonly endedAt!: Date | null;
}

export class TableChangeDto {
  @ApiProperty()
  readonly table!: string;

  @ApiProperty({ type: Number, nullable: true, description: 'Rows in the table afterwards; null where counting would have cost too much' })
  readonly rows!: number | null;

  @ApiProperty()
  readonly inserted!: number;

  @ApiProperty()
  readonly deleted!: number;

  @ApiProperty({ type: Number, nullable: true, description: 'Rows left as they were; null where counting would have cost too much' })
  readonly unchanged!: number | null;

  @ApiPropertyOptional({ description: 'Rows that got other values in place' })
  readonly updated?: number;

  @ApiPropertyOptional({ description: 'Rows that a later one with the same key took the place of' })
  readonly collapsed?: number;

  @ApiPropertyOptional({ type: [String], description: 'What was noticed while writing' })
  readonly warnings?: readonly string[];
}

export class FailureDto {
  @ApiProperty({ example: 'source-unavailable' })
  readonly code!: string;

  @ApiProperty({ description: 'What happened, where, and what to do' })
  readonly message!: string;
}

export class RunDto {
  @ApiProperty({ format: 'uuid' })
  readonly runId!: string;

  @ApiProperty({ format: 'uuid' })
  readonly taskId!: string;

  @ApiProperty()
  readonly pipeline!: string;

  @ApiProperty({ description: 'Version of the definition' })
  readonly version!: number;

  @ApiProperty({ enum: RUN_STATUSES })
  readonly status!: RunStatus;

  @ApiProperty({ enum: ['api', 'sync', 'schedule', 'start'] })
  readonly trigger!: string;

  @ApiProperty({ type: Object })
  readonly parameters!: Record<string, unknown>;

  @ApiProperty()
  readonly full!: boolean;

  @ApiProperty()
  readonly dryRun!: boolean;

  @ApiProperty({ type: Object, nullable: true, description: '`{done, total, note}` of the stage at work' })
  readonly progress!: unknown;

  @ApiProperty({ type: [StageDto] })
  readonly stages!: StageDto[];

  @ApiProperty({ type: [TableChangeDto], nullable: true, description: 'What was written, or for a dry run would be; null before publish' })
  readonly tables!: TableChangeDto[] | null;

  @ApiProperty({ type: [Object], description: 'Findings about the data that did not stop the run, counted' })
  readonly issues!: unknown[];

  @ApiProperty({ type: Object, nullable: true, description: 'Reports of the transform, such as unknown and missing fields' })
  readonly report!: unknown;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The backup taken before it published, which `POST /runs/{runId}/rollback` restores',
  })
  readonly backup!: string | null;

  @ApiProperty({ type: FailureDto, nullable: true })
  readonly error!: FailureDto | null;

  @ApiProperty()
  readonly createdAt!: Date;

  @ApiProperty({ type: Date, nullable: true })
  readonly startedAt!: Date | null;

  @ApiProperty({ type: Date, nullable: true })
  readonly endedAt!: Date | null;
}

export class RunPageDto {
  @ApiProperty()
  readonly total!: number;

  @ApiProperty({ type: [RunDto] })
  readonly runs!: RunDto[];
}

const toNumber = (text: string | null): number | null => (text === null ? null : Number(text));

export const toRunDto = ({ run, task, stages, status }: RunView): RunDto => ({
  runId: run.id,
  taskId: run.taskId,
  pipeline: run.definitionName,
  version: run.definitionVersion,
  status,
  trigger: run.trigger,
  parameters: run.parameters,
  full: run.full,
  dryRun: run.dryRun,
  progress: task?.progress ?? null,
  stages: stages.map((stage) => ({
    name: stage.stage,
    status: stage.status,
    rows: toNumber(stage.rows),
    bytes: toNumber(stage.bytes),
    durationMs: Number(stage.durationMs),
    startedAt: stage.startedAt,
    endedAt: stage.endedAt,
  })),
  tables: run.tables ? [...run.tables] : null,
  issues: run.issues ? [...run.issues] : [],
  report: run.report,
  backup: run.backupName,
  error: task?.error ?? null,
  createdAt: run.createdAt,
  startedAt: task?.startedAt ?? null,
  endedAt: task?.endedAt ?? null,
});
