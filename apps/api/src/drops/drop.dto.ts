import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUUID, Max, Min } from 'class-validator';
import { DROP_OUTCOMES, DROP_STATES, type DropOutcome, type DropState, type DropView } from '@app/pipeline';

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000;

export class ListDropsDto {
  @ApiPropertyOptional({ description: 'Only drops of this definition' })
  @IsOptional()
  @IsString()
  readonly definition?: string;

  @ApiPropertyOptional({ enum: DROP_STATES })
  @IsOptional()
  @IsIn(DROP_STATES)
  readonly state?: DropState;

  @ApiPropertyOptional({ format: 'uuid', description: 'Only drops that this run set out to work on, in its order, with what it did' })
  @IsOptional()
  @IsUUID()
  readonly run?: string;

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

export class DropMemberDto {
  @ApiProperty({ example: 'trees.csv' })
  readonly name!: string;

  @ApiProperty({ description: 'Data rows that were read' })
  readonly rows!: number;

  @ApiProperty({ description: 'Size of the file as it lies in the drop' })
  readonly bytes!: number;

  @ApiProperty({ description: 'Of the file as it lies in the drop, hex' })
  readonly sha256!: string;
}

export class DropTableDto {
  @ApiProperty({ example: 'orchard.tree' })
  readonly table!: string;

  @ApiProperty({ description: 'False for one that refused a row; nothing of the drop was loaded then' })
  readonly loaded!: boolean;

  @ApiProperty()
  readonly inserted!: number;

  @ApiProperty()
  readonly deleted!: number;
}

export class DropDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty()
  readonly definition!: string;

  @ApiProperty()
  readonly bucket!: string;

  @ApiProperty({ example: 'client/orchard/orchard-export-0301.tgz' })
  readonly key!: string;

  @ApiProperty({ description: 'Tells one content of a key from the next' })
  readonly etag!: string;

  @ApiProperty()
  readonly sizeBytes!: number;

  @ApiProperty()
  readonly lastModified!: Date;

  @ApiProperty({ type: String, nullable: true, description: 'Hex; null until it was read to its end' })
  readonly sha256!: string | null;

  @ApiProperty({
    enum: DROP_STATES,
    description:
      '`LOADED`: in the tables, its good copy still to be written. `MARKED`: that copy too. `REJECTED`: its bad copy is written. `SUPERSEDED`: a newer one was loaded first.',
  })
  readonly state!: DropState;

  @ApiProperty({ enum: DROP_OUTCOMES, nullable: true, description: 'What the run below did with it; null when none has worked on it' })
  readonly outcome!: DropOutcome | null;

  @ApiProperty({ type: String, nullable: true, example: 'TOO_FEW_COLUMNS' })
  readonly finding!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why it was refused or left; begins with the finding. Holds no value of a row',
  })
  readonly reason!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  readonly runId!: string | null;

  @ApiProperty({ description: 'How often runs began with it, dry runs aside' })
  readonly attempt!: number;

  @ApiProperty({ description: 'Rows of all members' })
  readonly rows!: number;

  @ApiProperty({ type: [DropMemberDto] })
  readonly members!: DropMemberDto[];

  @ApiProperty({ type: [DropTableDto] })
  readonly tables!: DropTableDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Key of the copy that marks the outcome' })
  readonly copiedTo!: string | null;

  @ApiProperty()
  readonly discoveredAt!: Date;

  @ApiProperty({ type: Date, nullable: true })
  readonly beganAt!: Date | null;

  @ApiProperty({ type: Date, nullable: true })
  readonly endedAt!: Date | null;
}

export const toDropDto = ({ drop, attempt }: DropView): DropDto => ({
  id: drop.id,
  definition: drop.configId,
  bucket: drop.bucket,
  key: drop.key,
  etag: drop.etag,
  sizeBytes: Number(drop.sizeBytes),
  lastModified: drop.lastModified,
  sha256: drop.sha256,
  state: drop.state,
  outcome: attempt?.outcome ?? null,
  finding: attempt?.finding ?? null,
  reason: attempt?.reason ?? null,
  runId: attempt?.runId ?? drop.runId,
  attempt: drop.attempt,
  rows: (attempt?.members ?? []).reduce((sum, member) => sum + member.rows, 0),
  members: [...(attempt?.members ?? [])],
  tables: [...(attempt?.tables ?? [])],
  copiedTo: attempt?.copiedTo ?? null,
  discoveredAt: drop.discoveredAt,
  beganAt: attempt?.beganAt ?? null,
  endedAt: attempt?.endedAt ?? null,
});
