import type { Provider } from '@nestjs/common';
import { PublishedSchemas } from './schemas/published-schemas';
import { SchemaRegistry } from './schemas/schema-registry';
import { SchemaValidation } from './schemas/schema-validation';
import { SchemaVersionEntity } from './schemas/schema-version.entity';
import { TransformationRegistry } from './transformations/transformation-registry';
import { TransformationVersionEntity } from './transformations/transformation-version.entity';

export const REGISTRY_ENTITIES = [SchemaVersionEntity, TransformationVersionEntity];

/** For every process: clients register, workers resolve. */
export const REGISTRY: Provider[] = [SchemaRegistry, TransformationRegistry];

/** For a process that carries runs out. */
export const REGISTRY_WORKER: Provider[] = [SchemaValidation, PublishedSchemas];
