import type { CatalogColumn, CatalogTable } from '../../catalog/catalog';
import { qualifiedName, quoteIdentifier } from '../../catalog/identifier';
import type { StagedRows } from '../../copy/staged-rows';
import { atPlace } from '../../warehouse/translate-error';
import type { Session } from '../../warehouse/warehouse';
import { SourceKeysDifferError } from '../../warehouse/warehouse-errors';
import { readDifferences, type RowDifference, type WrittenRows } from '../table-work';

export interface AbsentRowsRequest {
  readonly target: CatalogTable;
  readonly keys: readonly string[];
  /** The keys of the source, in the target's types. */
  readonly sourceKeys: StagedRows;
  /** Unique within the transaction. */
  readonly ordinal: number;
}

/** Rows of a locked table whose keys its source does not have any more. */
export class AbsentRows {
  private leftOut = 0;

  private constructor(
    private readonly session: Session,
    private readonly target: CatalogTable,
    private readonly keys: readonly CatalogColumn[],
    /** Quoted relation of the source's keys. */
    private readonly present: string,
    /** Quoted temporary table of the places of these rows. */
    private readonly places: string,
    /** Rows of the table. */
    readonly before: number,
    /** How many of them these are. */
    readonly count: number,
  ) {}

  /** Finds them in one pass over the table, whatever their number; nothing is written to it. */
  static async find(session: Session, { target, keys: names, sourceKeys, ordinal }: AbsentRowsRequest): Promise<AbsentRows> {
    const keys = target.columns.filter(({ name }) => names.includes(name));
    const present = await sourceKeys.relation();
    await session.query(`analyze ${present}`);
    const table = qualifiedName(target.schema, target.name);
    const places = `pg_temp.${quoteIdentifier(`tributary_absent_${ordinal}`)}`;
    return atPlace({ table: target.name }, async () => {
      const { rowCount: count } = await session.query(
        `create temporary table ${places} on commit drop as select t.ctid as place from only ${table} t where ${isAbsent(keys, 't', present)}`,
      );
      const { rows } = await session.query<{ rows: string }>(`select count(*)::text as rows from only ${table}`);
      return new AbsentRows(session, target, keys, present, places, Number(rows[0]?.rows), count ?? 0);
    });
  }

  /**
   * Takes the staged rows out of their relation whose keys the source does not have, and returns how many.
   * @throws {SourceKeysDifferError} if there cannot be any
   */
  async leaveOut(rows: StagedRows, isOneMoment: boolean): Promise<number> {
    const { rowCount } = await this.session.query(`delete from ${await rows.relation()} s where ${isAbsent(this.keys, 's', this.present)}`);
    this.leftOut = rowCount ?? 0;
    if (this.leftOut > 0 && isOneMoment)
      throw new SourceKeysDifferError(
        this.target.name,
        this.keys.map(({ name }) => name),
        this.leftOut,
      );
    return this.leftOut;
  }

  /** Deletes them, and then writes: a row that is new may have what was unique to one that is gone. */
  async removeBefore(write: () => Promise<WrittenRows>, differenceLimit: number): Promise<WrittenRows> {
    const { target, places, leftOut } = this;
    const shown = await this.show(differenceLimit);
    const { rowCount: deleted } = await atPlace({ table: target.name }, () =>
      this.session.query(`delete from only ${qualifiedName(target.schema, target.name)} t using ${places} a where t.ctid = a.place`),
    );
    const written = await write();
    const gone =
      leftOut === 0 ? [] : [`${leftOut} rows were left out, because they were gone from their source by the time its keys were read.`];
    return {
      ...written,
      deleted: written.deleted + (deleted ?? 0),
      warnings: [...gone, ...(written.warnings ?? [])],
      differences: [...shown, ...written.differences].slice(0, differenceLimit),
    };
  }

  private show(limit: number): Promise<RowDifference[]> {
    const { target, places } = this;
    const names = target.columns.map(({ name }) => name);
    const values = names.map((name) => `t.${quoteIdentifier(name)}::text`);
    const sql = `select ${['-1', ...values].join(', ')} from only ${qualifiedName(target.schema, target.name)} t join ${places} a on t.ctid = a.place limit $1`;
    return readDifferences(this.session, sql, names, limit);
  }
}

/**
 * That no key of the source is the row's. Keys are the same by the equality of their unique index, and null is null. The hash lets
 * PostgreSQL join by hash where a key may be null, which it does not by "is not distinct from".
 */
function isAbsent(keys: readonly CatalogColumn[], row: string, present: string): string {
  const names = keys.map(({ name }) => quoteIdentifier(name));
  const hash = (of: string): string => `hash_record_extended(row(${names.map((name) => `${of}.${name}`).join(', ')}), 0)`;
  const same = keys.some(({ isNullable }) => isNullable)
    ? [`${hash('k')} = ${hash(row)}`, ...names.map((name) => `k.${name} is not distinct from ${row}.${name}`)]
    : names.map((name) => `k.${name} = ${row}.${name}`);
  return `not exists (select from ${present} k where ${same.join(' and ')})`;
}
