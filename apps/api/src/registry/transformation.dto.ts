import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsNotEmpty, IsObject, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import type { TransformationVersionEntity } from '@app/pipeline';
import { MAX_VERSION } from './schema.dto';

const MAX_DESCRIPTION_LENGTH = 2000;

export class RegisterTransformationDto {
  @ApiPropertyOptional({ description: 'The next one by default' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_VERSION)
  readonly version?: number;

  @ApiProperty({ description: 'Kind of transform', example: 'sql' })
  @IsString()
  @IsNotEmpty()
  readonly type!: string;

  @ApiProperty({ type: Object, description: 'Its configuration', example: { sql_query: 'select * from input_data' } })
  @IsObject()
  readonly body!: Record<string, unknown>;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_DESCRIPTION_LENGTH)
  readonly description?: string | null;
}

export class TransformationVersionDto {
  @ApiProperty({ example: 'garden-totals' })
  readonly transformation_id!: string;

  @ApiProperty()
  readonly version!: number;

  @ApiProperty({ example: 'sql' })
  readonly type!: string;

  @ApiProperty({ type: Object })
  readonly body!: unknown;

  @ApiProperty({ type: String, nullable: true })
  readonly description!: string | null;

  @ApiProperty({ description: 'The API key that registered it' })
  readonly created_by!: string;

  @ApiProperty()
  readonly created_at!: Date;
}

export const toTransformationVersionDto = (entity: TransformationVersionEntity): TransformationVersionDto => ({
  transformation_id: entity.id,
  version: entity.version,
  type: entity.type,
  body: entity.body,
  description: entity.description,
  created_by: entity.createdBy,
  created_at: entity.createdAt,
});
