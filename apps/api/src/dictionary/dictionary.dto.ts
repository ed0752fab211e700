import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsNotEmpty, IsOptional, IsString, Min } from 'class-validator';
import { REDCAP_DEFINITION, type DictionaryVersionEntity } from '@app/pipeline';

export class DictionaryQueryDto {
  @ApiPropertyOptional({ default: REDCAP_DEFINITION.name, description: 'Whose data dictionary' })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  readonly pipeline: string = REDCAP_DEFINITION.name;
}

export class DictionaryDifferenceQueryDto extends DictionaryQueryDto {
  @ApiProperty({ description: 'The earlier version' })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly from!: number;

  @ApiProperty({ description: 'The later version' })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly to!: number;
}

export class DictionaryVersionDto {
  @ApiProperty({ example: 'redcap' })
  readonly pipeline!: string;

  @ApiProperty({ description: 'Counts up with every change' })
  readonly version!: number;

  @ApiProperty({ description: 'Hex SHA-256 of the content' })
  readonly checksum!: string;

  @ApiProperty({ description: 'Fields in it' })
  readonly entries!: number;

  @ApiProperty({ format: 'uuid', description: 'The run that brought it' })
  readonly runId!: string;

  @ApiProperty()
  readonly createdAt!: Date;

  @ApiProperty({
    type: Date,
    nullable: true,
    description: 'When a run first went on with it; null while its missing fields stop every run',
  })
  readonly acceptedAt!: Date | null;
}

export class FieldUseDto {
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Row of the mapping, counted from 1; null in a table that the sync makes by itself',
  })
  readonly row!: number | null;

  @ApiProperty()
  readonly table!: string;

  @ApiProperty()
  readonly column!: string;

  @ApiProperty({ description: 'The mapping’s expression' })
  readonly expression!: string;
}

export class FieldPresenceDto {
  @ApiProperty()
  readonly field!: string;

  @ApiProperty({ type: String, nullable: true, example: 'radio' })
  readonly type!: string | null;

  @ApiProperty({ type: String, nullable: true })
  readonly label!: string | null;

  @ApiProperty({ type: [FieldUseDto], description: 'The columns that it feeds' })
  readonly touches!: readonly FieldUseDto[];
}

export class AttributeChangeDto {
  @ApiProperty({ example: 'branching_logic', description: 'As REDCap names it' })
  readonly attribute!: string;

  @ApiProperty({ type: String, nullable: true })
  readonly from!: string | null;

  @ApiProperty({ type: String, nullable: true })
  readonly to!: string | null;
}

export class ChoiceDto {
  @ApiProperty({ example: '1' })
  readonly code!: string;

  @ApiProperty({ example: 'Yes' })
  readonly label!: string;
}

export class RelabelledChoiceDto {
  @ApiProperty({ example: '1' })
  readonly code!: string;

  @ApiProperty()
  readonly from!: string;

  @ApiProperty()
  readonly to!: string;
}

export class ChoiceChangesDto {
  @ApiProperty({ type: [ChoiceDto] })
  readonly added!: readonly ChoiceDto[];

  @ApiProperty({ type: [ChoiceDto] })
  readonly removed!: readonly ChoiceDto[];

  @ApiProperty({ type: [RelabelledChoiceDto] })
  readonly relabelled!: readonly RelabelledChoiceDto[];
}

export class FieldChangeDto {
  @ApiProperty()
  readonly field!: string;

  @ApiProperty({ type: [AttributeChangeDto], description: 'Type, validation, label, branching logic and all else but choices' })
  readonly attributes!: readonly AttributeChangeDto[];

  @ApiProperty({ type: ChoiceChangesDto })
  readonly choices!: ChoiceChangesDto;

  @ApiProperty({ type: [FieldUseDto] })
  readonly touches!: readonly FieldUseDto[];
}

export class DictionaryDifferenceDto {
  @ApiProperty({ example: 'redcap' })
  readonly pipeline!: string;

  @ApiProperty()
  readonly from!: number;

  @ApiProperty()
  readonly to!: number;

  @ApiProperty({ type: [FieldPresenceDto], description: 'Fields of the later version only' })
  readonly added!: readonly FieldPresenceDto[];

  @ApiProperty({ type: [FieldPresenceDto], description: 'Fields of the earlier version only' })
  readonly removed!: readonly FieldPresenceDto[];

  @ApiProperty({ type: [FieldChangeDto] })
  readonly changed!: readonly FieldChangeDto[];
}

export const toDictionaryVersionDto = ({
  pipeline,
  version,
  checksum,
  entries,
  runId,
  createdAt,
  acceptedAt,
}: DictionaryVersionEntity): DictionaryVersionDto => ({
  pipeline,
  version,
  checksum,
  entries,
  runId,
  createdAt,
  acceptedAt,
});
