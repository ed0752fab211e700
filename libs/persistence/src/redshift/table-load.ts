import type { StagedTable, TableShape } from '@app/platform';
import { qualifiedName } from '../catalog/identifier';
import type { PublishRequest, TableChange } from '../publisher/publication';
import { strategyOf } from '../publisher/table-options';
import { CatalogMismatchError, StagedRowsDifferError, TableMissingError } from '../warehouse/warehouse-errors';
import type { NullCells } from './csv-recoder';
import { explainCopy } from './load-errors';
import { nullTokenOf } from './load-parts';
import { successorAccess } from './privileges';
import type { RedshiftDatabase, RedshiftSession } from './redshift-database';
import { copy, createScratch, scratchName, swap, type CopySource, type RedshiftTable } from './redshift-sql';
import type { TableParts } from './staged-parts';

/** As `information_schema` calls them. */
const TEXT_TYPES = new Set(['character varying', 'character', 'text']);

type Named = Pick<RedshiftTable, 'schema' | 'name'>;

/** A table whose rows lie in the bucket. */
export interface PreparedTable {
  readonly staged: StagedTable;
  readonly parts: TableParts;
}

/** One table of a publication. Its steps are taken in order, each for all tables before the next. */
export class TableLoad {
  private readonly table: RedshiftTable;
  private readonly staged: StagedTable;
  private readonly parts: TableParts;
  /** Whether the rows take the place of what is there, instead of coming behind it. */
  private readonly replaces: boolean;
  private readonly keeps: boolean;

  constructor(
    private readonly session: RedshiftSession,
    private readonly database: RedshiftDatabase,
    private readonly request: PublishRequest,
    { staged, parts }: PreparedTable,
    private readonly source: CopySource,
  ) {
    const { name, columns } = staged.table;
    this.staged = staged;
    this.parts = parts;
    const strategy = strategyOf(request, name);
    this.table = { schema: request.schema, name, columns: columns.map((column) => column.name) };
    this.keeps = strategy.kind === 'truncate' && strategy.onEmpty === 'keep' && staged.rows === 0;
    this.replaces = (strategy.kind === 'truncate' && !this.keeps) || strategy.kind === 'replace';
  }

  get name(): string {
    return this.table.name;
  }

  /** An empty table beside the one that is replaced. */
  async prepare(): Promise<void> {
    if (!this.replaces) return;
    const access = await successorAccess(this.session, this.table, this.request.access ?? {});
    for (const statement of createScratch(this.table, access)) await this.session.execute(statement);
  }

  async copy(): Promise<TableChange> {
    const { name } = this.table;
    const { rows } = this.staged;
    const deleted = this.replaces ? await countRows(this.session, this.table) : 0;
    if (rows > 0) await this.copyInto(this.replaces ? scratchName(name) : name);
    return {
      table: name,
      inserted: rows,
      deleted,
      unchanged: this.replaces ? 0 : null,
      rows: this.replaces ? rows : null,
      ...(this.keeps && { warnings: ['There were no rows, so the table keeps its content.'] }),
      ...(this.request.proof !== undefined && { proof: { rows, hash: null } }),
    };
  }

  /** Puts the filled table in the place of the old one. */
  async swap(): Promise<void> {
    if (this.replaces) for (const statement of swap(this.table)) await this.session.execute(statement);
  }

  private async copyInto(name: string): Promise<void> {
    const { manifestUrl, url, parts } = this.parts;
    const nullToken = nullTokenOf(this.request.runId);
    try {
      await this.session.execute(
        copy({ ...this.table, name }, { manifestUrl, nullToken, access: this.source.access, region: this.source.region }),
      );
    } catch (error) {
      throw await explainCopy(this.database, error, { table: this.table.name, url, parts });
    }
    const [counted] = await this.session.query<{ rows: string }>('select pg_last_copy_count() as rows');
    const copied = Number(counted?.rows);
    if (copied !== this.staged.rows) throw new StagedRowsDifferError(this.table.name, this.staged.rows, copied);
  }
}

/**
 * By staged column, which cells are null for the one of the table. Redshift knows no difference between cases of names.
 * @throws {TableMissingError | CatalogMismatchError}
 */
export async function nullCells(
  database: RedshiftDatabase,
  schema: string,
  { name, columns, blankIsNull, nullIsBlank }: TableShape,
): Promise<readonly NullCells[]> {
  const found = await database.query<{ name: string; type: string }>(
    'select column_name as name, data_type as type from information_schema.columns where lower(table_schema) = lower($1) and lower(table_name) = lower($2)',
    [schema, name],
  );
  if (found.length === 0) throw new TableMissingError(schema, [name]);
  const known = new Map(found.map((column) => [column.name.toLowerCase(), TEXT_TYPES.has(column.type)]));
  const unknown = columns.filter((column) => !known.has(column.name.toLowerCase())).map((column) => `"${name}"."${column.name}"`);
  if (unknown.length > 0) throw new CatalogMismatchError(schema, unknown);
  return columns.map((column) => {
    const isText = known.get(column.name.toLowerCase()) === true;
    return isText && nullIsBlank ? 'none' : !isText && blankIsNull ? 'blank' : 'empty';
  });
}

export async function countRows(session: RedshiftSession, { schema, name }: Named): Promise<number> {
  const [counted] = await session.query<{ rows: string }>(`select count(*) as rows from ${qualifiedName(schema, name)}`);
  return Number(counted?.rows);
}
