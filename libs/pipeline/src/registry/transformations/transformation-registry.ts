import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { RequestInvalidError } from '@app/platform';
import { Repository, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { stepsOf, type PipelineDefinition, type TransformStep } from '../../definitions/definition';
import { Connectors } from '../../stages/connectors';
import { oneWriter } from '../one-writer';
import { queryFaults } from './query-faults';
import { TransformationVersionEntity } from './transformation-version.entity';
import { TransformationConflictError, TransformationNotFoundError } from './transformation.errors';

/** What a step of a pipeline may say instead of a configuration of its own. */
const referenceSchema = z.looseObject({ transformation_id: z.string().min(1), version: z.int().positive().optional() });

export interface NewTransformation {
  /** The next one when absent. */
  readonly version?: number;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly description: string | null;
}

export interface UsedTransformation {
  readonly transformation_id: string;
  readonly version: number;
}

/** The configuration that a step runs with, and what the run records of where it came from. */
export interface ResolvedTransformation {
  readonly config: Readonly<Record<string, unknown>>;
  /** Null for a step with a configuration of its own. */
  readonly used: UsedTransformation | null;
}

/** Transforms that pipelines use by name and version. */
@Injectable()
export class TransformationRegistry {
  constructor(
    @InjectRepository(TransformationVersionEntity) private readonly versions: Repository<TransformationVersionEntity>,
    @Inject(Connectors) private readonly connectors: Pick<Connectors, 'transformFaults'>,
  ) {}

  /** The latest version of each, by id. */
  list(): Promise<TransformationVersionEntity[]> {
    return this.versions.createQueryBuilder('t').distinctOn(['t.id']).orderBy({ 't.id': 'ASC', 't.version': 'DESC' }).getMany();
  }

  /** All versions, oldest first. @throws {TransformationNotFoundError} */
  async history(id: string): Promise<TransformationVersionEntity[]> {
    const found = await this.versions.find({ where: { id }, order: { version: 'ASC' } });
    if (found.length === 0) throw new TransformationNotFoundError(id);
    return found;
  }

  /** One version, the latest by default. @throws {TransformationNotFoundError} */
  async get(id: string, version?: number): Promise<TransformationVersionEntity> {
    const latest = await latestOf(this.versions.manager, id);
    if (!latest) throw new TransformationNotFoundError(id);
    if (version === undefined || version === latest.version) return latest;
    const found = await this.versions.findOneBy({ id, version });
    if (!found) throw new TransformationNotFoundError(id, version);
    return found;
  }

  /**
   * Adds a version; one that exists with the same body (without a version, the latest) is answered unchanged.
   *
   * @throws {RequestInvalidError} with every fault of the body, as its kind of transform sees it
   * @throws {TransformationConflictError}
   */
  async register(
    id: string,
    { version: wanted, type, body, description }: NewTransformation,
    createdBy: string,
  ): Promise<TransformationVersionEntity> {
    // Parameters may come from the step that uses it.
    const inQuery = (await queryFaults({ kind: type, config: body })).filter(({ path }) => !path.startsWith('parameters'));
    const faults = [
      ...this.connectors.transformFaults(type, body),
      ...inQuery.map(({ path, message }) => ({ path: `config.${path}`, message })),
    ];
    if (faults.length > 0)
      throw new RequestInvalidError(faults.map(({ path, message }) => ({ type: 'invalid', loc: location(path), msg: message })));
    return oneWriter(this.versions.manager, `transformation:${id}`, async (manager) => {
      const latest = await latestOf(manager, id);
      const same = wanted === undefined ? latest : await manager.findOneBy(TransformationVersionEntity, { id, version: wanted });
      // The order of keys may matter to a transform, so the texts are compared.
      if (same && same.type === type && JSON.stringify(same.body) === JSON.stringify(body)) return same;
      if (same && wanted !== undefined) {
        throw new TransformationConflictError(`Version ${wanted} of transformation ${id} exists with another body; register a new one.`);
      }
      const next = (latest?.version ?? 0) + 1;
      const version = wanted ?? next;
      if (version < next) throw new TransformationConflictError(`The next version of transformation ${id} is ${next} or later.`);
      await manager.query(
        `insert into tributary.transformation_version (transformation_id, version, type, body, description, created_by) values ($1, $2, $3, $4, $5, $6)`,
        [id, version, type, JSON.stringify(body), description, createdBy],
      );
      return manager.findOneByOrFail(TransformationVersionEntity, { id, version });
    });
  }

  /**
   * What a step of a pipeline runs with. A configuration `{transformation_id, version}` stands for the registered body; what it
   * says beside them wins over the body.
   *
   * @param pinned versions of those that name none; the latest by default
   * @throws {TransformationNotFoundError}
   * @throws {TransformationConflictError} when the registered one is of another kind
   */
  async resolve(
    kind: string,
    config: Readonly<Record<string, unknown>>,
    pinned: readonly UsedTransformation[] = [],
  ): Promise<ResolvedTransformation> {
    const reference = referenceSchema.safeParse(config);
    if (!reference.success) return { config, used: null };
    const { transformation_id: id, version: wanted, ...own } = reference.data;
    const { version, type, body } = await this.get(id, wanted ?? latestAmong(pinned, id));
    if (type !== kind) throw new TransformationConflictError(`Transformation ${id} is of type ${type}, and is used as ${kind}.`);
    return { config: { ...body, ...own }, used: { transformation_id: id, version } };
  }

  /**
   * A definition with its steps resolved, and what the run's report says of them under `transformations`.
   *
   * @param pinned what the report says already, so that all of a run uses the same versions
   */
  async resolveDefinition(
    definition: PipelineDefinition,
    pinned: readonly UsedTransformation[] = [],
  ): Promise<{ readonly definition: PipelineDefinition; readonly used: readonly UsedTransformation[] }> {
    const resolved = await Promise.all(stepsOf(definition).map(({ kind, config }) => this.resolve(kind, config, pinned)));
    const steps = stepsOf(definition).map((step, index): TransformStep => ({ ...step, config: { ...(resolved[index]?.config ?? {}) } }));
    const transform = asWritten(definition.transform, steps);
    return { definition: { ...definition, transform }, used: resolved.flatMap(({ used }) => used ?? []) };
  }
}

/** No step names a version that is later than the latest, so the highest one is what those without a version used. */
function latestAmong(used: readonly UsedTransformation[], id: string): number | undefined {
  const versions = used.filter(({ transformation_id }) => transformation_id === id).map(({ version }) => version);
  return versions.length > 0 ? Math.max(...versions) : undefined;
}

const asWritten = (transform: PipelineDefinition['transform'], steps: readonly TransformStep[]): PipelineDefinition['transform'] =>
  Array.isArray(transform) ? [...steps] : steps[0];

const location = (path: string): string[] => [
  'body',
  ...path
    .replace(/^config/, 'body')
    .replace(/^kind$/, 'type')
    .split('.'),
];

const latestOf = (manager: EntityManager, id: string): Promise<TransformationVersionEntity | null> =>
  manager.findOne(TransformationVersionEntity, { where: { id }, order: { version: 'DESC' } });
