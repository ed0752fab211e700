import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, ValidateBy, ValidateIf } from 'class-validator';
import {
  isCron,
  isTimeZone,
  MISSED_REASONS,
  SCHEDULE_ORIGINS,
  type MissedReason,
  type ScheduleFiringEntity,
  type ScheduleOrigin,
  type ScheduleView,
} from '@app/pipeline';

const IsCron = () =>
  ValidateBy({
    name: 'isCron',
    validator: { validate: isCron, defaultMessage: () => 'cron must be a cron expression of five or six fields that comes true' },
  });

const IsTimeZone = () =>
  ValidateBy({
    name: 'isTimeZone',
    validator: { validate: isTimeZone, defaultMessage: () => 'timeZone must be an IANA time zone such as Europe/Berlin' },
  });

export class EditScheduleDto {
  @ApiProperty({
    type: String,
    nullable: true,
    example: '30 2 * * *',
    description: 'Five fields, or six with seconds first; null goes back to what the definition says.',
  })
  @ValidateIf((_, value) => value !== null)
  @IsCron()
  readonly cron!: string | null;

  @ApiPropertyOptional({ example: 'America/New_York', description: 'IANA name; the worker’s own by default.' })
  @IsOptional()
  @IsTimeZone()
  readonly timeZone?: string;
}

export class ScheduleDto {
  @ApiProperty({ example: 'redcap' })
  readonly definition!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Null: it never runs by itself' })
  readonly cron!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Null: the worker’s own' })
  readonly timeZone!: string | null;

  @ApiProperty({
    enum: SCHEDULE_ORIGINS,
    nullable: true,
    description: 'Who gave the schedule; an edit by API wins over the definition, the definition over the environment',
  })
  readonly origin!: ScheduleOrigin | null;

  @ApiProperty()
  readonly paused!: boolean;

  @ApiProperty({ type: Date, nullable: true, description: 'The instant of the last firing that took place' })
  readonly lastFiredAt!: Date | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The run that it started' })
  readonly lastRunId!: string | null;

  @ApiProperty({ type: Date, nullable: true, description: 'Null while it is paused or has no schedule' })
  readonly nextAt!: Date | null;
}

export class FiringDto {
  @ApiProperty({ description: 'When it was due' })
  readonly at!: Date;

  @ApiProperty({ enum: ['fired', 'missed'] })
  readonly outcome!: 'fired' | 'missed';

  @ApiProperty({ enum: MISSED_REASONS, nullable: true, description: 'Why it was missed. `late`: no worker looked in time' })
  readonly reason!: MissedReason | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  readonly runId!: string | null;
}

export class ScheduleDetailDto extends ScheduleDto {
  @ApiProperty({ type: [FiringDto], description: 'The last 50, newest first' })
  readonly firings!: FiringDto[];
}

export const toScheduleDto = ({ definition, schedule, paused, lastFired, nextAt }: ScheduleView) =>
  ({
    definition,
    cron: schedule?.cron ?? null,
    timeZone: schedule?.timeZone ?? null,
    origin: schedule?.origin ?? null,
    paused,
    lastFiredAt: lastFired?.firesAt ?? null,
    lastRunId: lastFired?.runId ?? null,
    nextAt,
  }) satisfies ScheduleDto;

export const toFiringDto = ({ firesAt, outcome, reason, runId }: ScheduleFiringEntity): FiringDto => ({
  at: firesAt,
  outcome,
  reason,
  runId,
});
