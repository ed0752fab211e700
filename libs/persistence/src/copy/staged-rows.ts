import type { Column, StagedTable } from '@app/platform';
import { describeTables, type CatalogTable } from '../catalog/catalog';
import { postgresType, type TextType } from '../catalog/column-type';
import { qualifiedName, quoteIdentifier } from '../catalog/identifier';
import type { Session } from '../warehouse/warehouse';
import { copyRows } from './copy-rows';
import { fillTemporary, STAGING_SCHEMA } from './staging-tables';

export interface StagedRowsRequest {
  readonly staged: StagedTable;
  readonly target: CatalogTable;
  readonly textType: TextType;
  /** Name within the staging schema that `load` filled, if it did. */
  readonly loaded: string | null;
  /** Unique within the transaction. */
  readonly ordinal: number;
  readonly signal: AbortSignal;
}

/** The staged rows of one table inside the publishing transaction: still to be copied, or in a relation beside the target. */
export class StagedRows {
  private found: string | null = null;

  private constructor(
    private readonly session: Session,
    private readonly request: StagedRowsRequest,
  ) {}

  /**
   * What `load` left is taken only if it still holds these rows in the target's types: others may have changed the target
   * since, and a crash of the server empties unlogged tables.
   */
  static async open(session: Session, request: StagedRowsRequest): Promise<StagedRows> {
    const rows = new StagedRows(session, request);
    rows.found = await rows.findLoaded();
    return rows;
  }

  /** Whether they lie in a relation already, so that copying them into the target would be the longer way. */
  get isStaged(): boolean {
    return this.found !== null;
  }

  /** The quoted relation that holds them, with one column for each that is staged, in staged order from first page to last. */
  async relation(): Promise<string> {
    const { staged, target, textType, ordinal, signal } = this.request;
    this.found ??= await fillTemporary(this.session, `tributary_rows_${ordinal}`, staged, target, textType, signal);
    return this.found;
  }

  /** Takes out of the relation every row that holds a value in one of these columns. Returns how many. */
  async discardWith(columns: readonly Column[]): Promise<number> {
    const hasValue = columns.map(({ name }) => `${quoteIdentifier(name)} is not null`).join(' or ');
    const { rowCount } = await this.session.query(`delete from ${await this.relation()} where ${hasValue}`);
    return rowCount ?? 0;
  }

  /** Copies them straight into the target, and returns how many. Only when it has every staged column. */
  async copyIntoTarget(): Promise<number> {
    const { staged, target, signal } = this.request;
    await copyRows(this.session, staged, { sqlName: qualifiedName(target.schema, target.name), relation: target.name }, signal);
    return staged.rows;
  }

  private async findLoaded(): Promise<string | null> {
    const { staged, target, textType, loaded } = this.request;
    if (loaded === null) return null;
    const staging = (await describeTables(this.session, STAGING_SCHEMA, [loaded])).get(loaded);
    const types = new Map(target.columns.map(({ name, type }) => [name, type]));
    const expected = staged.table.columns.map(({ name, type }) => `${name} ${types.get(name) ?? postgresType(type, textType)}`);
    if (staging?.columns.map(({ name, type }) => `${name} ${type}`).join() !== expected.join()) return null;
    const sqlName = qualifiedName(STAGING_SCHEMA, loaded);
    const { rows } = await this.session.query<{ rows: string }>(`select count(*)::text as rows from ${sqlName}`);
    return Number(rows[0]?.rows) === staged.rows ? sqlName : null;
  }
}
