import { Injectable } from '@nestjs/common';
import { AppError, bodyFault, type RequestFault } from '@app/platform';
import { definitionSchema, stepsOf, type TransformStep } from '../definitions/definition';
import { DefinitionInvalidError } from '../definitions/definition.errors';
import { DefinitionService } from '../definitions/definition.service';
import { SchemaRegistry } from '../registry/schemas/schema-registry';
import { SchemaNotFoundError } from '../registry/schemas/schema.errors';
import { queryFaults } from '../registry/transformations/query-faults';
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
    const found = [
      ...this.documentFaults({ ...document, transform }),
      ...faults,
      ...(await sqlFaults(transform)),
      ...(await this.schemaFaults(document.schemaValidation)),
    ];
    return found.map(({ path: place, message }) => bodyFault(body, placeOf(originOf(place)), 'value_error', message));
  }

  private documentFaults(document: Document): readonly Fault[] {
    try {
      this.definitions.parse({ ...document, name: 'inline' });
      return [];
    } catch (error) {
      if (!(error instanceof DefinitionInvalidError)) throw error;
      return error.faults;
    }
  }

  /** Steps with the bodies that they refer to, so that both are looked at; a step whose reference leads nowhere stays as it is. */
  private async resolveSteps(transform: unknown): Promise<{ readonly transform: unknown; readonly faults: readonly Fault[] }> {
    const faults: Fault[] = [];
    const steps = await Promise.all(
      stepsAt(transform).map(async ({ step, place }) => {
        const resolve = async () => (await this.transformations.resolve(step.kind, step.config)).config;
        const config = await unlessUnknown(faults, `${place}.config.transformation_id`, resolve);
        return { ...step, config: config ?? step.config };
      }),
    );
    if (steps.length === 0) return { transform, faults };
    return { transform: Array.isArray(transform) ? steps : steps[0], faults };
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

async function sqlFaults(transform: unknown): Promise<readonly Fault[]> {
  const found: Fault[] = [];
  for (const { step, place } of stepsAt(transform)) {
    const faults = await queryFaults(step);
    found.push(...faults.map(({ path, message }) => ({ path: `${place}.config.${path}`, message })));
  }
  return found;
}

/** The steps of a transform that can be read, and where they stand in the definition. */
function stepsAt(transform: unknown): { readonly step: TransformStep; readonly place: string }[] {
  const parsed = definitionSchema.shape.transform.safeParse(transform);
  if (!parsed.success) return [];
  return stepsOf({ transform: parsed.data }).map((step, index) => ({
    step,
    place: Array.isArray(parsed.data) ? `transform.${index}` : 'transform',
  }));
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
