import { Injectable } from '@nestjs/common';
import { Catalog } from '@app/persistence';
import type { PipelineDefinition } from '../../definitions/definition';
import { logicalType } from './logical-type';
import { SchemaRegistry } from './schema-registry';

/** Keeps what tables of the warehouse hold as schemas named `<schema>.<table>`: a version for each time that a run changed them. */
@Injectable()
export class PublishedSchemas {
  constructor(
    private readonly schemas: SchemaRegistry,
    private readonly catalog: Catalog,
  ) {}

  /** Looks at the tables as they are now. Other databases have names of their own, so theirs are not kept. */
  async keep(runId: string, { target }: Pick<PipelineDefinition, 'target'>, tables: readonly string[]): Promise<void> {
    if (target.connection !== undefined || target.kind !== 'postgres') return;
    for (const { name, columns } of await this.catalog.list(target.schema)) {
      if (!tables.includes(name)) continue;
      const held = columns.map((column) => ({ name: column.name, type: logicalType(column.type), nullable: column.isNullable }));
      await this.schemas.record(`${target.schema}.${name}`, held, `run:${runId}`);
    }
  }
}
