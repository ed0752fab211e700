import { ApiProperty } from '@nestjs/swagger';
import type { TransformPreview } from '@app/pipeline';
import { COLUMN_TYPES } from '@app/platform';

class PreviewColumnDto {
  @ApiProperty()
  readonly name!: string;

  @ApiProperty({ enum: COLUMN_TYPES })
  readonly type!: string;
}

class PreviewSqlDto {
  @ApiProperty({ description: 'Later relations may name earlier ones' })
  readonly relation!: string;

  @ApiProperty({ description: 'What the engine evaluates' })
  readonly sql!: string;
}

class PreviewTransformationDto {
  @ApiProperty()
  readonly transformation_id!: string;

  @ApiProperty()
  readonly version!: number;
}

export class PreviewDto {
  @ApiProperty({ type: [PreviewColumnDto] })
  readonly columns!: readonly PreviewColumnDto[];

  @ApiProperty({
    type: [Object],
    description: 'Integers past 2^53 and exact numbers are texts; dates and times are ISO texts',
  })
  readonly rows!: readonly Readonly<Record<string, unknown>>[];

  @ApiProperty({ description: 'Rows that the sample gives in all' })
  readonly total!: number;

  @ApiProperty({ type: [PreviewSqlDto], description: 'The compiled SQL, relation by relation' })
  readonly sql!: readonly PreviewSqlDto[];

  @ApiProperty({ type: [Object], description: 'Findings that would not stop a run, counted' })
  readonly issues!: readonly unknown[];

  @ApiProperty({ type: [PreviewTransformationDto], description: 'Registered transformations among the steps' })
  readonly transformations!: readonly PreviewTransformationDto[];
}

export const toPreviewDto = ({ columns, rows, total, sql, issues, transformations }: TransformPreview): PreviewDto => ({
  columns,
  rows,
  total,
  sql,
  issues,
  transformations,
});
