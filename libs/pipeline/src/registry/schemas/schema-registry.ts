import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { parseBody, type Column } from '@app/platform';
import { compareSchemas, compatibilityOf, tableSchemaSchema, type SchemaComparison, type TableSchema } from '@app/validation';
import { Repository, type EntityManager } from 'typeorm';
import { oneWriter } from '../one-writer';
import { SchemaVersionEntity } from './schema-version.entity';
import { SchemaConflictError, SchemaNotFoundError } from './schema.errors';

export interface RegisterSchemaOptions {
  readonly createdBy: string;
  /** Lets the new version break what reads the latest. */
  readonly allowBreaking: boolean;
}

/** Schemas by name, in versions that are only ever added. Read from the database each time: other processes add to it too. */
@Injectable()
export class SchemaRegistry {
  constructor(@InjectRepository(SchemaVersionEntity) private readonly versions: Repository<SchemaVersionEntity>) {}

  /** The latest version of each, by name. */
  list(): Promise<SchemaVersionEntity[]> {
    return this.versions.createQueryBuilder('s').distinctOn(['s.name']).orderBy({ 's.name': 'ASC', 's.version': 'DESC' }).getMany();
  }

  /** All versions, newest first. @throws {SchemaNotFoundError} */
  async history(name: string): Promise<SchemaVersionEntity[]> {
    const found = await this.versions.find({ where: { name }, order: { version: 'DESC' } });
    if (found.length === 0) throw new SchemaNotFoundError(name);
    return found;
  }

  /** One version, the latest by default. @throws {SchemaNotFoundError} */
  async get(name: string, version?: number): Promise<SchemaVersionEntity> {
    const latest = await latestOf(this.versions.manager, name);
    if (!latest) throw new SchemaNotFoundError(name);
    if (version === undefined || version === latest.version) return latest;
    const found = await this.versions.findOneBy({ name, version });
    if (!found) throw new SchemaNotFoundError(name, version);
    return found;
  }

  /** What changed between two versions. @throws {SchemaNotFoundError} */
  async compare(name: string, from: number, to: number): Promise<SchemaComparison> {
    return compareSchemas(schemaOf(await this.get(name, from)), schemaOf(await this.get(name, to)));
  }

  /** A schema by name, or the one that was written out. @throws {RequestInvalidError} @throws {SchemaNotFoundError} */
  async resolve(reference: unknown): Promise<TableSchema> {
    return typeof reference === 'string' ? schemaOf(await this.get(reference)) : parseBody(tableSchemaSchema, reference);
  }

  /**
   * Adds a version: the one that the document names, which is later than the latest, or the next one. A document equal to the
   * version that it names (without one, to the latest) changes nothing and answers that.
   *
   * @throws {RequestInvalidError} with every fault of the document
   * @throws {SchemaConflictError}
   */
  async register(name: string, document: unknown, { createdBy, allowBreaking }: RegisterSchemaOptions): Promise<SchemaVersionEntity> {
    const schema = parseBody(tableSchemaSchema, document);
    const wanted = hasVersion(document) ? schema.version : null;
    return oneWriter(this.versions.manager, `schema:${name}`, async (manager) => {
      const latest = await latestOf(manager, name);
      const same = wanted === null ? latest : await manager.findOneBy(SchemaVersionEntity, { name, version: wanted });
      if (same && isDeepStrictEqual(same.columns, schema.columns)) return same;
      const version = wanted ?? (latest?.version ?? 0) + 1;
      if (same && wanted !== null)
        throw new SchemaConflictError(`Version ${version} of schema ${name} exists with other columns; register a new one.`);
      if (latest) expectLater(latest, { ...schema, version }, allowBreaking);
      await manager.insert(SchemaVersionEntity, { name, version, columns: schema.columns, description: schema.description, createdBy });
      return manager.findOneByOrFail(SchemaVersionEntity, { name, version });
    });
  }

  /** Keeps the columns that a table has after a load, as a version of the schema `<schema>.<table>` when they changed. */
  async record(table: string, columns: readonly (Column & { readonly nullable: boolean })[], createdBy: string): Promise<void> {
    const written = columns.map(({ name, type, nullable }) => ({ name, dtype: type, nullable }));
    const schema = parseBody(tableSchemaSchema, { description: 'As loaded', columns: written });
    const latest = await latestOf(this.versions.manager, table);
    // The usual case, for which nobody has to wait.
    if (latest && isDeepStrictEqual(latest.columns, schema.columns)) return;
    await this.register(table, { description: schema.description, columns: written }, { createdBy, allowBreaking: true });
  }
}

export const schemaOf = ({ version, description, createdAt, columns }: SchemaVersionEntity): TableSchema => ({
  version,
  description,
  created_at: createdAt.toISOString(),
  columns: [...columns],
});

function expectLater(latest: SchemaVersionEntity, schema: TableSchema, allowBreaking: boolean): void {
  if (schema.version <= latest.version) {
    throw new SchemaConflictError(
      `The latest version of schema ${latest.name} is ${latest.version}; the next one is ${latest.version + 1} or later.`,
    );
  }
  const { breaking } = compatibilityOf(schemaOf(latest), schema);
  if (breaking.length === 0 || allowBreaking) return;
  throw new SchemaConflictError(
    `Version ${schema.version} of schema ${latest.name} would break what uses version ${latest.version}: ${breaking.join('; ')}. Set allow_breaking to register it all the same.`,
    { breaking },
  );
}

const hasVersion = (document: unknown): boolean => typeof document === 'object' && document !== null && 'version' in document;

const latestOf = (manager: EntityManager, name: string): Promise<SchemaVersionEntity | null> =>
  manager.findOne(SchemaVersionEntity, { where: { name }, order: { version: 'DESC' } });
