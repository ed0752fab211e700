import { Injectable } from '@nestjs/common';
import { Warehouse, type Queryable } from '../warehouse/warehouse';

/**
 * How two values are told apart exactly. `plain`: the type's own equality. `binary`: text, byte by byte whatever the
 * collation. `text`: types without equality (json, xml, point), or whose equality is coarser than their content
 * (numeric 1.0 = 1.00, citext), by their text.
 */
export type Comparison = 'plain' | 'binary' | 'text';

export interface CatalogColumn {
  readonly name: string;
  /** As SQL writes it, e.g. `character varying(20)`; safe to use in a cast. */
  readonly type: string;
  readonly comparison: Comparison;
  /** Left out of an insert, the column would not become null. */
  readonly hasDefault: boolean;
  readonly isNullable: boolean;
  /** Generated or identity: the database fills it, nobody else needs to. */
  readonly isManaged: boolean;
}

/** An ordinary table as it is in the warehouse now. */
export interface CatalogTable {
  readonly schema: string;
  readonly name: string;
  /** Object id; another one means that the table was dropped and made again. */
  readonly oid: string;
  /** In the table's order. */
  readonly columns: readonly CatalogColumn[];
}

const DESCRIBE = `
  select c.oid::text as oid, c.relname as "table", a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
         case when t.typnamespace <> 'pg_catalog'::regnamespace then 'text'
              when t.typname in ('text', 'varchar') then 'binary'
              when t.typname in ('bool', 'int2', 'int4', 'int8', 'float4', 'float8', 'date', 'time', 'timestamp', 'timestamptz', 'uuid', 'bytea', 'oid') then 'plain'
              else 'text' end as comparison,
         a.atthasdef as "hasDefault", not a.attnotnull as "isNullable", a.attgenerated <> '' or a.attidentity <> '' as "isManaged"
    from pg_catalog.pg_class c
    left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_catalog.pg_type t on t.oid = a.atttypid
   where c.relkind = 'r' and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
     and ($2::text[] is null or c.relname = any ($2::text[]))
   order by c.relname collate "C", a.attnum`;

type DescribeRow = Omit<CatalogColumn, 'name'> & { readonly oid: string; readonly table: string; readonly name: string | null };

/** Reads tables by name from `pg_catalog`; those that do not exist are not in the map. All tables of the schema without names. */
export async function describeTables(
  queryable: Queryable,
  schema: string,
  names: readonly string[] | null,
): Promise<ReadonlyMap<string, CatalogTable>> {
  const { rows } = await queryable.query<DescribeRow>(DESCRIBE, [schema, names]);
  const tables = new Map<string, CatalogTable & { readonly columns: CatalogColumn[] }>();
  for (const { oid, table, name, ...column } of rows) {
    const described = tables.get(table) ?? { schema, name: table, oid, columns: [] };
    tables.set(table, described);
    if (name !== null) described.columns.push({ name, ...column });
  }
  return tables;
}

/** What tables and columns the warehouse has. Always asks the server: nothing is remembered between calls. */
@Injectable()
export class Catalog {
  constructor(private readonly warehouse: Warehouse) {}

  /** Null when there is no ordinary table of exactly this name. */
  async find(schema: string, table: string): Promise<CatalogTable | null> {
    if (table.includes('\0')) return null; // no name holds one, and the server refuses to look for it
    return (await describeTables(this.warehouse, schema, [table])).get(table) ?? null;
  }

  /** Ordinary tables by name, byte order. Empty when the schema does not exist. */
  async list(schema: string): Promise<readonly CatalogTable[]> {
    return [...(await describeTables(this.warehouse, schema, null)).values()];
  }
}
