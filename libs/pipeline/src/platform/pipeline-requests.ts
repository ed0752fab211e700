import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppError, bodyFaults, parseBody, RequestInvalidError, StagingStore, type Principal, type RequestFault } from '@app/platform';
import { IdempotencyConflictError } from '../runs/run-keys';
import { RunService, type StartInlineRequest } from '../runs/run.service';
import { readDataId, type DataPlace } from './data-id';
import { DocumentCheck } from './document-check';
import { ingestTaskSchema, persistTaskSchema, transformationSchema, transformTaskSchema } from './pipeline-config.schema';
import { PipelineReader } from './pipeline-reader';
import { RequestDatabases } from './request-databases';
import { datasetSource, NOWHERE, SOME_SOURCE, toSource, toTargetAndLoad, toTransform } from './to-definition';

const RANDOM_SUFFIX_BYTES = 3;

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

/** Requests in the words of the pipeline platform, as runs of pipelines that come along. */
@Injectable()
export class PipelineRequests {
  constructor(
    private readonly runs: RunService,
    private readonly reader: PipelineReader,
    private readonly documents: DocumentCheck,
    private readonly databases: RequestDatabases,
    private readonly staging: StagingStore,
  ) {}

  /**
   * Starts a pipeline. Without an id of its own it gets a new one.
   * @throws {RequestInvalidError} with every fault at once. @throws {ForbiddenError} for a database URL of somebody who is no admin
   */
  async run(body: unknown, requester: Requester): Promise<SubmittedTask> {
    const { document, pipelineId, idempotencyKey } = await this.reader.read(body, requester.principal);
    const request = { document, pipelineId: pipelineId ?? newPipelineId(), displayName: RUN_PIPELINE };
    const started = await this.start(request, requester, idempotencyKey);
    if (pipelineId !== undefined && started.pipelineId !== pipelineId) throw new IdempotencyConflictError();
    return started;
  }

  /** Checks a pipeline as `run` does, and starts nothing. */
  async validate(body: unknown, principal: Principal): Promise<void> {
    await this.reader.read(body, principal);
  }

  /** @throws {RequestIncompleteError} without a query */
  async ingest(body: unknown, requester: Requester): Promise<SubmittedTask> {
    const task = parseBody(ingestTaskSchema, body);
    const { query } = task;
    if (!query) throw new RequestIncompleteError('Query is required for ingestion');
    const faults: RequestFault[] = [];
    const database = this.databases.source({ named: task, principal: requester.principal, body, path: [], faults });
    const document = { source: toSource({ ...task, query }, database), target: NOWHERE };
    await this.expectNoFaults(document, body, faults);
    const request = { document, pipelineId: INGEST_TASK, displayName: INGEST_TASK, stages: ['extract'] as const };
    return this.start(request, requester, task.idempotency_key);
  }

  /** @throws {RequestIncompleteError | DataNotFoundError} */
  async transform(body: unknown, requester: Requester): Promise<SubmittedTask> {
    const task = parseBody(transformTaskSchema, body);
    const strict = (body as { strict?: unknown }).strict !== false;
    const candidate = { type: task.transformation_type, config: task.transformation_config };
    const parsed = transformationSchema({ strict }).safeParse(candidate, { reportInput: true });
    if (!parsed.success) throw new RequestInvalidError(bodyFaults(parsed.error, candidate).map(asTransformTask));
    const source = datasetSource(await this.dataId(task.data_id, 'Data identifier is required for transformation'));
    const document = { source, transform: toTransform(parsed.data, strict), target: NOWHERE };
    await this.expectNoFaults(document, body);
    const request = { document, pipelineId: TRANSFORM_TASK, displayName: TRANSFORM_TASK, stages: ['extract', 'transform'] as const };
    return this.start(request, requester, task.idempotency_key);
  }

  /** @throws {RequestIncompleteError | DataNotFoundError} */
  async persist(body: unknown, requester: Requester): Promise<SubmittedTask> {
    const task = parseBody(persistTaskSchema, body);
    const faults: RequestFault[] = [];
    const connection = this.databases.destination({ named: task, principal: requester.principal, body, path: [], faults });
    await this.expectNoFaults({ source: SOME_SOURCE, ...toTargetAndLoad(task, connection) }, body, faults);
    const source = datasetSource(await this.dataId(task.data_id, 'Data identifier is required for persistence'));
    const document = { source, ...toTargetAndLoad(task, connection) };
    const request = { document, pipelineId: PERSIST_TASK, displayName: PERSIST_TASK };
    return this.start(request, requester, task.idempotency_key);
  }

  private async dataId(dataId: string | undefined, complaint: string): Promise<DataPlace> {
    if (!dataId) throw new RequestIncompleteError(complaint);
    const place = readDataId(dataId);
    if (!place || !(await this.staging.isSealed(place.runId, place.stage))) throw new DataNotFoundError(dataId);
    return place;
  }

  private async expectNoFaults(document: Document, body: unknown, known: readonly RequestFault[] = []): Promise<void> {
    const faults = [...known, ...(await this.documents.faults(document, body, placeInTask))];
    if (faults.length > 0) throw new RequestInvalidError(faults);
  }

  /** The key of the header counts before that of the body. */
  private async start(request: StartInlineRequest, requester: Requester, bodyKey: string | undefined): Promise<SubmittedTask> {
    const key = requester.idempotencyKey ?? bodyKey;
    const { runId, taskId } = await this.runs.startInline({
      ...request,
      ...(key !== undefined && { idempotencyKey: `${requester.principal.name}:${key}` }),
    });
    // A key that was used before answers the first run, under the id that it got.
    const pipelineId = key === undefined ? request.pipelineId : (await this.runs.get(runId)).run.definitionName;
    return { pipelineId, taskId };
  }
}

type Document = Readonly<Record<string, unknown>>;

/** `pipeline_20260301101112_4f7a9c`. */
const newPipelineId = (): string =>
  `pipeline_${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}_${randomBytes(RANDOM_SUFFIX_BYTES).toString('hex')}`;

/** Tasks have the fields of one part of a pipeline, those of a transformation under longer names. */
const placeInTask = ([part, key, ...rest]: readonly (string | number)[]): (string | number)[] => [
  part === 'transformation' ? `transformation_${String(key)}` : String(key),
  ...rest,
];

const asTransformTask = (fault: RequestFault): RequestFault => ({
  ...fault,
  loc: fault.loc.map((part, index) => (index === 1 ? `transformation_${part}` : part)),
});
