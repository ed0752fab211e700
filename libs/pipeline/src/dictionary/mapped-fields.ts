import { Injectable } from '@nestjs/common';
import { FieldUses, loadFieldUses, mappingTransform, mappingTransformConfigSchema } from '@app/transform';
import type { PipelineDefinition } from '../definitions/definition';
import { Connectors } from '../stages/connectors';

/** Which columns of a pipeline's tables its source fields feed. */
@Injectable()
export class MappedFields {
  constructor(private readonly connectors: Connectors) {}

  /** By the mapping as it is now; a pipeline without one uses no field by name. @throws {MappingInvalidError | InputInvalidError} */
  async usesOf(definition: PipelineDefinition): Promise<FieldUses> {
    const { transform, config } = await this.connectors.openTransform(definition);
    if (transform.kind !== mappingTransform.kind) return new FieldUses([]);
    return loadFieldUses(mappingTransformConfigSchema.parse(config).mappingPath);
  }
}
