import { ApiProperty } from '@nestjs/swagger';
import type { DefinitionEntity } from '@app/pipeline';
import { presentable } from '@app/platform';

export class DefinitionDto {
  @ApiProperty({ example: 'redcap' })
  readonly name!: string;

  @ApiProperty({ description: 'Counts up with every change; runs keep the version they started with' })
  readonly version!: number;

  @ApiProperty({ type: String, nullable: true })
  readonly description!: string | null;

  @ApiProperty({ type: Object, description: 'The document, without secrets; `GET /definitions/schema` has its JSON Schema' })
  readonly definition!: unknown;

  @ApiProperty({ description: 'Who stored this version: an API key’s name, `file:<name>`, or `built-in`' })
  readonly createdBy!: string;

  @ApiProperty()
  readonly createdAt!: Date;
}

export const toDefinitionDto = (entity: DefinitionEntity): DefinitionDto => ({
  name: entity.name,
  version: entity.version,
  description: entity.document.description ?? null,
  definition: presentable(entity.document),
  createdBy: entity.createdBy,
  createdAt: entity.createdAt,
});
