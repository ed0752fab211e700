import { Injectable } from '@nestjs/common';
import { bodyFaults, RequestInvalidError, type Principal, type RequestFault } from '@app/platform';
import { z } from 'zod';
import { DocumentCheck } from './document-check';
import { pipelineConfigSchema, pipelineIdSchema } from './pipeline-config.schema';
import { schemaValidationSchema } from '../registry/schemas/schema-validation.schema';
import { RequestDatabases } from './request-databases';
import { NOWHERE, SOME_SOURCE, SOMEWHERE, toSource, toTargetAndLoad, toTransform } from './to-definition';

/** Within a body. */
const PATH = ['pipeline_config'];

export interface ReadPipeline {
  readonly document: Readonly<Record<string, unknown>>;
  /** Undefined for one without an id of its own. */
  readonly pipelineId: string | undefined;
  readonly idempotencyKey: string | undefined;
}

/** Reads the bodies of `POST /pipelines`. */
@Injectable()
export class PipelineReader {
  constructor(
    private readonly databases: RequestDatabases,
    private readonly check: DocumentCheck,
  ) {}

  /**
   * @throws {RequestInvalidError} with every fault of all parts at once
   * @throws {ForbiddenError} for a database URL of somebody who is no admin
   */
  async read(body: unknown, principal: Principal): Promise<ReadPipeline> {
    const raw = rawConfig(body);
    const strict = raw?.strict !== false && (body as { strict?: unknown } | null)?.strict !== false;
    const config = pipelineConfigSchema({ strict }, Array.isArray(raw?.transformation));
    const parsed = z.object({ pipeline_config: config, pipeline_id: pipelineIdSchema, idempotency_key: pipelineIdSchema }).safeParse(body, {
      reportInput: true,
    });
    const faults = parsed.success ? [] : bodyFaults(parsed.error, body);
    const document = raw ? this.document(config, raw, strict, principal, body, faults) : null;
    if (document) faults.push(...(await this.check.faults(document, body, (place) => [...PATH, ...place])));
    if (!parsed.success || !document || faults.length > 0) throw new RequestInvalidError(faults);
    const { pipeline_config: settings, pipeline_id: id, idempotency_key: key } = parsed.data;
    return { document, pipelineId: id ?? settings.pipeline_id, idempotencyKey: key ?? settings.idempotency_key };
  }

  /** The definition that the readable parts make. */
  private document(
    { shape }: ReturnType<typeof pipelineConfigSchema>,
    raw: Readonly<Record<string, unknown>>,
    strict: boolean,
    principal: Principal,
    body: unknown,
    faults: RequestFault[],
  ): Readonly<Record<string, unknown>> {
    const ingestion = readableFields(shape.ingestion, raw.ingestion);
    const { data: transformation } = shape.transformation.safeParse(raw.transformation);
    const persistence = readableFields(shape.persistence, raw.persistence);
    const schemaValidation = readableFields(schemaValidationSchema, raw.schema_validation);
    const { data: timeoutSeconds } = shape.timeout_seconds.safeParse(raw.timeout_seconds);
    const asked = { principal, body, faults };
    const source = ingestion && this.databases.source({ ...asked, named: ingestion, path: [...PATH, 'ingestion'] });
    const target = persistence && this.databases.destination({ ...asked, named: persistence, path: [...PATH, 'persistence'] });
    return {
      source: ingestion ? toSource({ ...SOME_SOURCE.config, ...ingestion }, source) : SOME_SOURCE,
      ...(transformation && { transform: toTransform(transformation, strict) }),
      ...(persistence ? toTargetAndLoad({ ...SOMEWHERE, ...persistence }, target) : { target: NOWHERE }),
      ...(timeoutSeconds && { timeoutSeconds }),
      ...(schemaValidation && { schemaValidation }),
    };
  }
}

/** The fields that are right, so that they are looked at further whatever the others are; null for what is no object. */
function readableFields<Fields extends z.core.$ZodLooseShape>(
  { shape }: z.ZodObject<Fields>,
  raw: unknown,
): Partial<z.output<z.ZodObject<Fields>>> | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const fields = Object.entries(shape).flatMap(([key, field]) => {
    const parsed = z.safeParse(field, (raw as Record<string, unknown>)[key]);
    return parsed.success && parsed.data !== undefined ? [[key, parsed.data] as const] : [];
  });
  return Object.fromEntries(fields) as Partial<z.output<z.ZodObject<Fields>>>;
}

function rawConfig(body: unknown): Record<string, unknown> | undefined {
  const config = typeof body === 'object' && body !== null ? (body as { pipeline_config?: unknown }).pipeline_config : undefined;
  return typeof config === 'object' && config !== null ? (config as Record<string, unknown>) : undefined;
}
