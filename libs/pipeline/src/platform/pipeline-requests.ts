import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  AppError,
  bodyFault,
  bodyFaults,
  DatabaseUrlError,
  ForbiddenError,
  mayAct,
  NamedConnections,
  parseBody,
  parseDatabaseUrl,
  RequestInvalidError,
  SealedSecrets,
  StagingStore,
  type Principal,
  type RequestFault,
} from '@app/platform';
import { z } from 'zod';
import { DefinitionInvalidError } from '../definitions/definition.errors';
import { DefinitionService } from '../definitions/definition.service';
import { IdempotencyConflictError, RunService, type StartInlineRequest } from '../runs/run.service';
import { readDataId, type DataPlace } from './data-id';
import {
  ingestTaskSchema,
  persistTaskSchema,
  pipelineConfigSchema,
  pipelineIdSchema,
  transformationSchema,
  transformTaskSchema,
  type PipelineConfig,
} from './pipeline-config.schema';
import { datasetSource, originOf, toSource, toTargetAndLoad, toTransform, type DatabaseReference } from './to-definition';

const RANDOM_SUFFIX_BYTES = 3;
/** Targets of tasks that stop before they write. */
const NOWHERE = { kind: 'postgres', table: 'staged' };

export const INGEST_TASK = 'ingest_task';
export const TRANSFORM_TASK = 'transform_task';
export const PERSIST_TASK = 'persist_task';
const RUN_PIPELINE = 'run_pipeline';

/** A value that the old platform asked for in words of its own, with status 400. */
export class RequestIncompleteError extends AppError {
  readonly code = 'request-incomplete';
}

export class DataNotFoundError extends AppError {
  readonly code = 'data-not-found';
  constructor(dataId: string) {
    super(`Data ${dataId} not found`);
  }
}

export interface Requester {
  readonly principal: Principal;
  /** The `Idempotency-Key` header; one in the body counts when there is none. */
  readonly idempotencyKey?: string;
}

export interface SubmittedTask {
  readonly pipelineId: string;
  readonly taskId: string;
}

type Path = readonly (string | number)[];
type Named = Readonly<{ source_connection?: string; source_db_url?: string; dest_connection?: string; dest_db_url?: string }>;

/** Requests in the words of the pipeline platform, as runs of pipelines that come along. */
@Injectable()
export class PipelineRequests {
  constructor(
    private readonly runs: RunService,
    private readonly definitions: DefinitionService,
    private readonly connections: NamedConnections,
    private readonly sealed: SealedSecrets,
    private readonly staging: StagingStore,
  ) {}

  /**
   * Starts a pipeline. Without an id of its own it gets a new one.
   * @throws {RequestInvalidError} with every fault at once. @throws {ForbiddenError} for a database URL of somebody who is no admin
   */
  async run(body: unknown, requester: Requester): Promise<SubmittedTask> {
    const { config, pipelineId, document } = this.read(body, requester.principal);
    const key = requester.idempotencyKey ?? bodyKey(body) ?? config.idempotency_key;
    const request = { document, pipelineId: pipelineId ?? newPipelineId(), displayName: RUN_PIPELINE };
    const started = await this.start(request, requester.principal, key, body);
    if (pipelineId !== undefined && started.pipelineId !== pipelineId) throw new IdempotencyConflictError();
    return started;
  }

  /** Checks a pipeline as `run` does, and starts nothing. */
  validate(body: unknown, principal: Principal): void {
    const { document } = this.read(body, principal);
    this.check(document, body, PIPELINE_CONFIG);
  }

  /** @throws {RequestIncompleteError} without a query */
  async ingest(body: unknown, requester: Requester): Promise<SubmittedTask> {
    const task = parseBody(ingestTaskSchema, body);
    const { query } = task;
    if (!query) throw new RequestIncompleteError('Query is required for ingestion');
    const faults: RequestFault[] = [];
    const database = this.sourceOf(task, requester.principal, body, [], faults);
    if (faults.length > 0) throw new RequestInvalidError(faults);
    const document = { source: toSource({ ...task, query, partition: undefined, incremental: undefined }, database), target: NOWHERE };
    const request = { document, pipelineId: INGEST_TASK, displayName: INGEST_TASK, stages: ['extract'] as const };
    return this.start(request, requester.principal, requester.idempotencyKey ?? task.idempotency_key, body);
  }

  /** @throws {RequestIncompleteError | DataNotFoundError} */
  async transform(body: unknown, requester: Requester): Promise<SubmittedTask> {
    const task = parseBody(transformTaskSchema, body);
    const strict = (body as { strict?: unknown }).strict !== false;
    const candidate = { type: task.transformation_type, config: task.transformation_config };
    const parsed = transformationSchema({ strict }).safeParse(candidate, { reportInput: true });
    if (!parsed.success) throw new RequestInvalidError(bodyFaults(parsed.error, candidate).map(asTransformTask));
    const source = datasetSource(await this.dataId(task.data_id, 'Data identifier is required for transformation'));
    const document = { source, transform: toTransform(parsed.data), target: NOWHERE };
    const request = { document, pipelineId: TRANSFORM_TASK, displayName: TRANSFORM_TASK, stages: ['extract', 'transform'] as const };
    return this.start(request, requester.principal, requester.idempotencyKey ?? task.idempotency_key, body);
  }

  /** @throws {RequestIncompleteError | DataNotFoundError} */
  async persist(body: unknown, requester: Requester): Promise<SubmittedTask> {
    const task = parseBody(persistTaskSchema, body);
    const faults: RequestFault[] = [];
    const connection = this.destinationOf(task, requester.principal, body, [], faults);
    if (faults.length > 0) throw new RequestInvalidError(faults);
    const source = datasetSource(await this.dataId(task.data_id, 'Data identifier is required for persistence'));
    const document = { source, ...toTargetAndLoad(task, connection) };
    const request = { document, pipelineId: PERSIST_TASK, displayName: PERSIST_TASK };
    return this.start(request, requester.principal, requester.idempotencyKey ?? task.idempotency_key, body);
  }

  private read(body: unknown, principal: Principal): { config: PipelineConfig; pipelineId: string | undefined; document: Document } {
    const raw = rawConfig(body);
    const strict = raw?.strict !== false && (body as { strict?: unknown } | null)?.strict !== false;
    const schema = z.object({
      pipeline_config: pipelineConfigSchema({ strict }, Array.isArray(raw?.transformation)),
      pipeline_id: pipelineIdSchema,
    });
    const { pipeline_config: config, pipeline_id } = parseBody(schema, body);
    const faults: RequestFault[] = [];
    const database = this.sourceOf(config.ingestion, principal, body, [...PIPELINE_CONFIG, 'ingestion'], faults);
    const connection = this.destinationOf(config.persistence, principal, body, [...PIPELINE_CONFIG, 'persistence'], faults);
    if (faults.length > 0) throw new RequestInvalidError(faults);
    const document = {
      source: toSource(config.ingestion, database),
      transform: toTransform(config.transformation),
      ...toTargetAndLoad(config.persistence, connection),
      ...(config.timeout_seconds && { timeoutSeconds: config.timeout_seconds }),
    };
    return { config, pipelineId: pipeline_id ?? config.pipeline_id, document };
  }

  private sourceOf(named: Named, principal: Principal, body: unknown, path: Path, faults: RequestFault[]): DatabaseReference {
    const { source_db_url: url, source_connection: name } = named;
    if (url !== undefined) return { url: this.seal(url, principal, body, [...path, 'source_db_url'], faults) };
    if (name !== undefined) return { connection: this.known(name, body, [...path, 'source_connection'], faults) };
    if (!this.connections.hasDefaultSource) {
      faults.push(bodyFault(body, [...path, 'source_connection'], 'missing', 'Field required: SOURCE_DB_URL is not set'));
    }
    return null;
  }

  private destinationOf(named: Named, principal: Principal, body: unknown, path: Path, faults: RequestFault[]): string | null {
    const { dest_db_url: url, dest_connection: name } = named;
    if (url !== undefined) return this.seal(url, principal, body, [...path, 'dest_db_url'], faults);
    return name === undefined ? null : this.known(name, body, [...path, 'dest_connection'], faults);
  }

  /** Whoever may name any address can make the server ask any address. */
  private seal(url: string, principal: Principal, body: unknown, path: Path, faults: RequestFault[]): string {
    if (!mayAct(principal.role, 'admin')) throw new ForbiddenError('admin');
    try {
      parseDatabaseUrl(url);
    } catch (error) {
      if (!(error instanceof DatabaseUrlError)) throw error;
      faults.push(bodyFault(body, path, 'value_error', error.message));
    }
    return this.sealed.seal(url);
  }

  private known(name: string, body: unknown, path: Path, faults: RequestFault[]): string {
    if (!this.connections.isKnown(name)) {
      faults.push(bodyFault(body, path, 'value_error', `There is no connection ${name}; set CONNECTION_${name.toUpperCase()}`));
    }
    return name.toLowerCase();
  }

  private async dataId(dataId: string | undefined, complaint: string): Promise<DataPlace> {
    if (!dataId) throw new RequestIncompleteError(complaint);
    const place = readDataId(dataId);
    if (!place || !(await this.staging.isSealed(place.runId, place.stage))) throw new DataNotFoundError(dataId);
    return place;
  }

  private check(document: Document, body: unknown, path: Path): void {
    try {
      this.definitions.parse({ ...document, name: 'inline' });
    } catch (error) {
      throw error instanceof DefinitionInvalidError ? inWordsOfTheRequest(error, body, path) : error;
    }
  }

  private async start(
    request: StartInlineRequest,
    { name }: Principal,
    idempotencyKey: string | undefined,
    body: unknown,
  ): Promise<SubmittedTask> {
    const path = request.displayName === RUN_PIPELINE ? PIPELINE_CONFIG : [];
    this.check(request.document, body, path);
    const { runId, taskId } = await this.runs.startInline({
      ...request,
      ...(idempotencyKey !== undefined && { idempotencyKey: `${name}:${idempotencyKey}` }),
    });
    // A key that was used before answers the first run, under the id that it got.
    const pipelineId = idempotencyKey === undefined ? request.pipelineId : (await this.runs.get(runId)).run.definitionName;
    return { pipelineId, taskId };
  }
}

type Document = Readonly<Record<string, unknown>>;

const PIPELINE_CONFIG = ['pipeline_config'] as const;

function rawConfig(body: unknown): Record<string, unknown> | undefined {
  const config = typeof body === 'object' && body !== null ? (body as { pipeline_config?: unknown }).pipeline_config : undefined;
  return typeof config === 'object' && config !== null ? (config as Record<string, unknown>) : undefined;
}

function bodyKey(body: unknown): string | undefined {
  const key = (body as { idempotency_key?: unknown }).idempotency_key;
  return typeof key === 'string' && key !== '' ? key : undefined;
}

/** `pipeline_20260301101112_4f7a9c`. */
const newPipelineId = (): string =>
  `pipeline_${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}_${randomBytes(RANDOM_SUFFIX_BYTES).toString('hex')}`;

const asTransformTask = (fault: RequestFault): RequestFault => ({
  ...fault,
  loc: fault.loc.map((part, index) => (index === 1 ? `transformation_${part}` : part)),
});

/** Faults that the engine finds in the definition, at the places of the request that it was made of. */
function inWordsOfTheRequest(error: DefinitionInvalidError, body: unknown, path: Path): RequestInvalidError {
  const faults = (error.details.faults as readonly { path: string; message: string }[]).map(({ path: place, message }) =>
    bodyFault(body, [...path, ...originOf(place)], 'value_error', message),
  );
  return new RequestInvalidError(faults);
}
