import { Injectable } from '@nestjs/common';
import type { Column, TableShape } from '@app/platform';
import { takeLocks } from '../warehouse/advisory-lock';
import { Warehouse, type Session } from '../warehouse/warehouse';
import { describeTables, type CatalogTable } from './catalog';
import { isTypeAccepted, postgresType, type TextType } from './column-type';
import { qualifiedName, quoteIdentifier } from './identifier';
import { assertUsable } from './table-shape';

/** A column that is not as its shape says. Nothing is done about it. */
export interface SchemaDifference {
  readonly table: string;
  readonly column: string;
  /** Null when the shape does not have the column. */
  readonly expected: string | null;
  readonly actual: string;
}

export interface SchemaChange {
  readonly created: readonly string[];
  /** As `table.column`. */
  readonly addedColumns: readonly string[];
  readonly differences: readonly SchemaDifference[];
}

interface SchemaPlan {
  readonly create: readonly TableShape[];
  readonly add: readonly { readonly table: string; readonly column: Column }[];
  readonly differences: readonly SchemaDifference[];
}

const CREATION_LOCK = 'schema-creation';

/** Makes tables as pipelines describe them: every column nullable, without keys or defaults. */
@Injectable()
export class SchemaCreator {
  constructor(private readonly warehouse: Warehouse) {}

  /**
   * Creates what is missing, schema included, in one transaction; never drops or retypes, but reports what differs.
   * Processes that start together do it once. A second call changes nothing.
   * @throws {ShapeInvalidError} naming every duplicate and unusable name, before any SQL runs
   */
  async ensure(schema: string, shapes: readonly TableShape[]): Promise<SchemaChange> {
    assertUsable(schema, shapes);
    const first = planSchema(await describeTables(this.warehouse, schema, namesOf(shapes)), shapes);
    if (first.create.length === 0 && first.add.length === 0) return toChange(first);
    return this.warehouse.transaction((session) => createMissing(session, schema, shapes));
  }
}

/** The same inside a transaction of the caller, which holds the lock of schema creation until it ends. Shapes must be usable. */
export async function createMissing(
  session: Session,
  schema: string,
  shapes: readonly TableShape[],
  textType?: TextType,
): Promise<SchemaChange> {
  await takeLocks(session, [CREATION_LOCK]);
  const plan = planSchema(await describeTables(session, schema, namesOf(shapes)), shapes);
  const { rowCount } = await session.query('select from pg_catalog.pg_namespace where nspname = $1', [schema]);
  if (rowCount === 0) await session.query(`create schema ${quoteIdentifier(schema)}`);
  for (const { name, columns } of plan.create) {
    await session.query(
      `create table ${qualifiedName(schema, name)} (${columns.map((column) => columnDefinition(column, textType)).join(', ')})`,
    );
  }
  for (const { table, column } of plan.add) {
    await session.query(`alter table ${qualifiedName(schema, table)} add column ${columnDefinition(column, textType)}`);
  }
  return toChange(plan);
}

function planSchema(existing: ReadonlyMap<string, CatalogTable>, shapes: readonly TableShape[]): SchemaPlan {
  const present = shapes.flatMap((shape) => {
    const table = existing.get(shape.name);
    return table ? [{ shape, table, actual: new Map(table.columns.map(({ name, type }) => [name, type])) }] : [];
  });
  return {
    create: shapes.filter(({ name }) => !existing.has(name)),
    add: present.flatMap(({ shape, actual }) =>
      shape.columns.filter(({ name }) => !actual.has(name)).map((column) => ({ table: shape.name, column })),
    ),
    differences: present.flatMap(({ shape, table }) => differencesOf(shape, table)),
  };
}

function differencesOf(shape: TableShape, table: CatalogTable): SchemaDifference[] {
  const expected = new Map(shape.columns.map(({ name, type }) => [name, type]));
  return table.columns.flatMap(({ name, type: actual }) => {
    const type = expected.get(name);
    if (type !== undefined && isTypeAccepted(type, actual)) return [];
    return [{ table: shape.name, column: name, expected: type === undefined ? null : postgresType(type), actual }];
  });
}

const namesOf = (shapes: readonly TableShape[]): readonly string[] => shapes.map(({ name }) => name);

const columnDefinition = ({ name, type }: Column, textType?: TextType): string =>
  `${quoteIdentifier(name)} ${postgresType(type, textType)}`;

const toChange = ({ create, add, differences }: SchemaPlan): SchemaChange => ({
  created: namesOf(create),
  addedColumns: add.map(({ table, column }) => `${table}.${column.name}`),
  differences,
});
