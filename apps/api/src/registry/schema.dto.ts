import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { SchemaVersionEntity } from '@app/pipeline';

/** What the database counts with. */
export const MAX_VERSION = 2 ** 31 - 1;

export class SchemaVersionDto {
  @ApiProperty({ example: 'trays' })
  readonly name!: string;

  @ApiProperty()
  readonly version!: number;

  @ApiProperty({ type: String, nullable: true })
  readonly description!: string | null;

  @ApiProperty({
    type: Object,
    isArray: true,
    description: '`name`, `dtype`, `nullable`, `default`, `description`, `renamed_from` of each',
  })
  readonly columns!: readonly unknown[];

  @ApiProperty({ description: 'Who registered it: an API key’s name, or `run:<id>`' })
  readonly created_by!: string;

  @ApiProperty()
  readonly created_at!: Date;
}

export class SchemaComparisonQueryDto {
  @ApiProperty({ description: 'The earlier version' })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_VERSION)
  readonly from!: number;

  @ApiProperty({ description: 'The later version' })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_VERSION)
  readonly to!: number;
}

export class VersionQueryDto {
  @ApiProperty({ required: false, description: 'The latest by default' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_VERSION)
  readonly version?: number;
}

export class TypeChangeDto {
  @ApiProperty()
  readonly column!: string;

  @ApiProperty({ example: 'integer' })
  readonly old_type!: string;

  @ApiProperty({ example: 'float' })
  readonly new_type!: string;
}

export class NullableChangeDto {
  @ApiProperty()
  readonly column!: string;

  @ApiProperty()
  readonly old_nullable!: boolean;

  @ApiProperty()
  readonly new_nullable!: boolean;
}

export class SchemaComparisonDto {
  @ApiProperty({ type: [String] })
  readonly added_columns!: readonly string[];

  @ApiProperty({ type: [String] })
  readonly removed_columns!: readonly string[];

  @ApiProperty({ type: [TypeChangeDto] })
  readonly type_changes!: readonly TypeChangeDto[];

  @ApiProperty({ type: [NullableChangeDto] })
  readonly nullable_changes!: readonly NullableChangeDto[];

  @ApiProperty()
  readonly version_from!: number;

  @ApiProperty()
  readonly version_to!: number;
}

export const toSchemaVersionDto = (entity: SchemaVersionEntity): SchemaVersionDto => ({
  name: entity.name,
  version: entity.version,
  description: entity.description,
  columns: entity.columns,
  created_by: entity.createdBy,
  created_at: entity.createdAt,
});
