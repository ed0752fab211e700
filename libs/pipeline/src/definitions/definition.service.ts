import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { z } from 'zod';
import { dropFaults, withDropDefaults } from '../drops/drop-definition';
import type { RunEntity } from '../runs/run.entity';
import { Connectors, type Fault } from '../stages/connectors';
import { definitionSchema, stepsOf, type PipelineDefinition } from './definition';
import { deleteFaults } from './delete-faults';
import { DefinitionEntity } from './definition.entity';
import { DefinitionInvalidError, DefinitionNotFoundError } from './definition.errors';

/** Stored definitions and their versions. */
@Injectable()
export class DefinitionService {
  constructor(
    @InjectRepository(DefinitionEntity) private readonly definitions: Repository<DefinitionEntity>,
    private readonly connectors: Connectors,
  ) {}

  /** The newest version of each, by name. */
  list(): Promise<DefinitionEntity[]> {
    return this.definitions.createQueryBuilder('d').distinctOn(['d.name']).orderBy({ 'd.name': 'ASC', 'd.version': 'DESC' }).getMany();
  }

  /** The newest version. @throws {DefinitionNotFoundError} */
  async get(name: string): Promise<DefinitionEntity> {
    const found = await this.definitions.findOne({ where: { name }, order: { version: 'DESC' } });
    if (!found) throw new DefinitionNotFoundError(name);
    return found;
  }

  /** All versions, newest first. */
  versions(name: string): Promise<DefinitionEntity[]> {
    return this.definitions.find({ where: { name }, order: { version: 'DESC' } });
  }

  async getVersion(name: string, version: number): Promise<DefinitionEntity> {
    const found = await this.definitions.findOneBy({ name, version });
    if (!found) throw new DefinitionNotFoundError(`${name} version ${version}`);
    return found;
  }

  /** What a run does. */
  async documentOf(run: Pick<RunEntity, 'definitionName' | 'definitionVersion' | 'document'>): Promise<PipelineDefinition> {
    return run.document ?? (await this.getVersion(run.definitionName, run.definitionVersion)).document;
  }

  /**
   * Stores a document as a new version; one equal to the newest changes nothing and returns that.
   * @throws {DefinitionInvalidError} with every fault at once
   */
  async put(document: unknown, createdBy: string): Promise<DefinitionEntity> {
    const definition = this.parse(document);
    const checksum = checksumOf(definition);
    return this.definitions.manager.transaction(async (manager) => {
      // Writers of one definition take turns: each looks for the newest version and adds the next.
      await manager.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`definition:${definition.name}`]);
      const definitions = manager.getRepository(DefinitionEntity);
      const latest = await definitions.findOne({ where: { name: definition.name }, order: { version: 'DESC' } });
      if (latest?.checksum === checksum) return latest;
      const key = { name: definition.name, version: (latest?.version ?? 0) + 1 };
      await definitions
        .createQueryBuilder()
        .insert()
        .values({ ...key, document: () => ':document', checksum, createdBy })
        .setParameter('document', JSON.stringify(definition))
        .execute();
      return definitions.findOneByOrFail(key);
    });
  }

  /** Stores a document that came with the deployment, unless that file was stored already: a later edit by API stands. */
  async putFromFile(document: unknown, origin: string): Promise<void> {
    const definition = this.parse(document);
    const before = await this.definitions.findOne({ where: { name: definition.name, createdBy: origin }, order: { version: 'DESC' } });
    if (before?.checksum !== checksumOf(definition)) await this.put(definition, origin);
  }

  /** @throws {DefinitionInvalidError} with every fault at once */
  parse(document: unknown): PipelineDefinition {
    const parsed = definitionSchema.safeParse(withDropDefaults(document));
    const faults = [...(parsed.success ? [] : faultsOf(parsed.error)), ...this.connectorFaults(document), ...dropFaults(document)];
    if (!parsed.success || faults.length > 0) throw new DefinitionInvalidError(nameOf(document), faults);
    return parsed.data;
  }

  /** Looks at source and transform even where the rest of the document is wrong, so that all faults are told at once. */
  private connectorFaults(document: unknown): Fault[] {
    const { shape } = definitionSchema;
    const { data: source } = shape.source.safeParse(partOf(document, 'source'));
    const { data: transform } = shape.transform.safeParse(partOf(document, 'transform'));
    const { data: target } = shape.target.safeParse(partOf(document, 'target'));
    const { data: load } = shape.load.safeParse(partOf(document, 'load'));
    return [
      ...(source ? within('source', this.connectors.sourceFaults(source.kind, source.config)) : []),
      ...this.stepFaults(transform),
      ...(source && target && load ? deleteFaults({ source, transform, target, load }, this.connectors) : []),
    ];
  }

  private stepFaults(transform: PipelineDefinition['transform']): Fault[] {
    return stepsOf({ transform }).flatMap(({ kind, config }, index) =>
      within(Array.isArray(transform) ? `transform.${index}` : 'transform', this.connectors.transformFaults(kind, config)),
    );
  }
}

const within = (name: string, faults: readonly Fault[]): Fault[] =>
  faults.map(({ path, message }) => ({ path: `${name}.${path}`, message }));

const faultsOf = (error: z.ZodError): Fault[] =>
  error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'there is no such key' }))
      : [{ path: issue.path.join('.') || '(document)', message: issue.message }],
  );

const nameOf = (document: unknown): string => {
  const name = partOf(document, 'name');
  return typeof name === 'string' ? name : 'The document';
};

const partOf = (document: unknown, key: string): unknown =>
  document !== null && typeof document === 'object' && key in document ? (document as Record<string, unknown>)[key] : undefined;

/** Over the text as written: the order of keys can matter to a transform. */
const checksumOf = (definition: PipelineDefinition): string => createHash('sha256').update(JSON.stringify(definition)).digest('hex');
