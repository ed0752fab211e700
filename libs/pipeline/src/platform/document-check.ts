import { Injectable } from '@nestjs/common';
import { AppError, bodyFault, type RequestFault } from '@app/platform';
import { definitionSchema, stepsOf } from '../definitions/definition';
import { DefinitionInvalidError } from '../definitions/definition.errors';
import { DefinitionService } from '../definitions/definition.service';
import { SchemaRegistry } from '../registry/schemas/schema-registry';
import { SchemaNotFoundError } from '../registry/schemas/schema.errors';
import { TransformationRegistry } from '../registry/transformations/transformation-registry';
import { TransformationConflictError, TransformationNotFoundError } from '../registry/transformations/transformation.errors';
import { originOf } from './to-definition';

type Document = Readonly<Record<string, unknown>>;
type Place = readonly (string | number)[];

interface Fault {
  /** Within the definition. */
  readonly path: string;
  readonly message: string;
}

/** What the engine has to say about a definition that was made of a request. */
@Injectable()
export class DocumentCheck {
  constructor(
    private readonly definitions: DefinitionService,
    private readonly transformations: TransformationRegistry,
    private readonly schemas: SchemaRegistry,
  ) {}

  /** Every fault, at its place in the request. @param placeOf the place within the body of one within a `pipeline_config` */
  async faults(document: Document, body: unknown, placeOf: (path: Place) => Place): Promise<RequestFault[]> {
    const { transform, faults } = await this.resolveSteps(document.transform);
    const found = [...this.documentFaults({ ...document, transform }), ...faults, ...(await this.schemaFaults(document.schemaValidation))];
    return found.map(({ path: place, message }) => bodyFault(body, placeOf(originOf(place)), 'value_error', message));
  }

  private documentFaults(document: Document): readonly Fault[] {
    try {
      this.definitions.parse({ ...document, name: 'inline' });
      return [];
    } catch (error) {
      if (!(error instanceof DefinitionInvalidError)) throw error;
      return error.details.faults as readonly Fault[];
    }
  }

  /** Steps with the bodies that they refer to, so that both are looked at; a step whose reference leads nowhere stays as it is. */
  private async resolveSteps(transform: unknown): Promise<{ readonly transform: unknown; readonly faults: readonly Fault[] }> {
    const parsed = definitionSchema.shape.transform.safeParse(transform);
    if (!parsed.success || parsed.data === undefined) return { transform, faults: [] };
    const faults: Fault[] = [];
    const isChain = Array.isArray(parsed.data);
    const steps = await Promise.all(
      stepsOf({ transform: parsed.data }).map(async (step, index) => {
        const place = `transform.${isChain ? `${index}.` : ''}config.transformation_id`;
        const resolved = await unlessUnknown(
          faults,
          place,
          async () => (await this.transformations.resolve(step.kind, step.config)).config,
        );
        return { ...step, config: resolved ?? step.config };
      }),
    );
    return { transform: isChain ? steps : steps[0], faults };
  }

  private async schemaFaults(config: unknown): Promise<readonly Fault[]> {
    const parsed = definitionSchema.shape.schemaValidation.safeParse(config);
    const faults: Fault[] = [];
    for (const key of ['input', 'output'] as const) {
      const reference = parsed.data?.[key];
      if (typeof reference === 'string') await unlessUnknown(faults, `schemaValidation.${key}`, () => this.schemas.get(reference));
    }
    return faults;
  }
}

const UNKNOWN = [TransformationNotFoundError, TransformationConflictError, SchemaNotFoundError];

async function unlessUnknown<T>(faults: Fault[], path: string, find: () => Promise<T>): Promise<T | null> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof AppError) || !UNKNOWN.some((kind) => error instanceof kind)) throw error;
    faults.push({ path, message: error.message });
    return null;
  }
}
