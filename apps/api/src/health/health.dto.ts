import { ApiProperty } from '@nestjs/swagger';

const STATES = ['healthy', 'unhealthy'] as const;
type State = (typeof STATES)[number];

export class ServicesDto {
  @ApiProperty({ enum: STATES })
  readonly api!: State;

  @ApiProperty({ enum: STATES, description: 'PostgreSQL with the control schema' })
  readonly database!: State;

  @ApiProperty({ enum: STATES, description: 'Queues and locks' })
  readonly redis!: State;

  @ApiProperty({ enum: STATES, description: 'Healthy when at least one worker gave a sign of life in the last 30 s' })
  readonly workers!: State;
}

export class HealthDto {
  @ApiProperty({ required: false, description: 'Only with status 503: what does not answer' })
  readonly detail?: string;

  @ApiProperty({ enum: ['healthy', 'degraded'], description: '`degraded` if any service is not healthy' })
  readonly status!: 'healthy' | 'degraded';

  @ApiProperty({ description: 'UTC', example: '2026-03-01T10:11:12.123456' })
  readonly timestamp!: string;

  @ApiProperty()
  readonly version!: string;

  @ApiProperty()
  readonly services!: ServicesDto;
}

export class ServiceNameDto {
  @ApiProperty({ example: 'Tributary' })
  readonly name!: string;

  @ApiProperty()
  readonly version!: string;

  @ApiProperty({ example: 'running' })
  readonly status!: string;
}
