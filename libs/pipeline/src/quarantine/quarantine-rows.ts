import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { QuarantineEntity, type QuarantineState } from './quarantine.entity';

/** A quarantined row with the state that people are shown. */
export interface QuarantineView extends Omit<QuarantineEntity, 'state'> {
  readonly state: QuarantineState;
}

export interface QuarantineFilter {
  readonly definition?: string;
  readonly table?: string;
  readonly run?: string;
  readonly state?: QuarantineState;
}

const COLUMNS = `q.id, q.run_id as "runId", q.publication, q.definition_name as "definitionName", q.table_name as "tableName", q.columns, q.row, q.edits,
  q.rule, q.message, q.part, q.line, q.column_name as "columnName", q.renewed, q.claim, q.created_at as "createdAt", q.replayed_at as "replayedAt"`;

/** A table that each run renews is decided about anew by every run that published it. */
const STATE = `case when q.state = 'waiting' and q.renewed and exists (
    select from tributary.run own join tributary.run later on later.definition_name = own.definition_name and later.seq > own.seq
     where own.id = q.run_id and not later.dry_run and later.tables @> jsonb_build_array(jsonb_build_object('table', q.table_name)))
  then 'superseded' else q.state end`;

/** The quarantine in the control database. Nothing else reads or writes it. */
@Injectable()
export class QuarantineRows {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** Newest first. */
  async list(filter: QuarantineFilter, limit: number, offset: number): Promise<{ total: number; rows: QuarantineView[] }> {
    const [where, values] = conditions(filter);
    const [counted] = await this.query<{ total: string }>(`select count(*) as total from tributary.quarantine q where ${where}`, values);
    const page = `limit $${values.length + 1} offset $${values.length + 2}`;
    const rows = await this.query<QuarantineView>(
      `select ${COLUMNS}, ${STATE} as state from tributary.quarantine q where ${where} order by q.seq desc ${page}`,
      [...values, limit, offset],
    );
    return { total: Number(counted?.total), rows };
  }

  async find(id: string): Promise<QuarantineView | null> {
    return (
      (await this.query<QuarantineView>(`select ${COLUMNS}, ${STATE} as state from tributary.quarantine q where q.id = $1`, [id]))[0] ??
      null
    );
  }

  /** Rows that nothing is done with yet, in the order of their tables and runs. */
  waiting(filter: QuarantineFilter & { readonly id?: string }, limit: number): Promise<QuarantineView[]> {
    const [where, values] = conditions({ ...filter, state: 'waiting' });
    return this.query<QuarantineView>(
      `select ${COLUMNS}, q.state from tributary.quarantine q where ${where} and q.claim is null and ($${values.length + 1}::uuid is null or q.id = $${values.length + 1})
        order by q.table_name, q.publication, q.line limit $${values.length + 2}`,
      [...values, filter.id ?? null, limit],
    );
  }

  /** Keeps values that a person gave, in the transaction that queues their replay. */
  async edit(id: string, edits: Readonly<Record<string, string | null>>, manager: EntityManager): Promise<void> {
    await manager.query(`update tributary.quarantine set edits = edits || $2 where id = $1 and state = 'waiting'`, [
      id,
      JSON.stringify(edits),
    ]);
  }

  /** Why a row is still refused. */
  async refuse(id: string, rule: string, message: string, column: string | null): Promise<void> {
    await this.query(`update tributary.quarantine set rule = $2, message = $3, column_name = $4 where id = $1 and claim is null`, [
      id,
      rule,
      message,
      column,
    ]);
  }

  /**
   * Ties rows to the publication that will write them, with the values that it will write. Done once for a publication: whoever
   * comes second, for example a worker that was taken for dead, changes nothing and goes on with what was claimed first.
   */
  claim(publication: string, ids: readonly string[]): Promise<void> {
    return this.database.transaction(async (manager) => {
      await manager.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`tributary:claim:${publication}`]);
      await manager.query(
        `update tributary.quarantine set claim = $1, row = row || edits, edits = '{}'
          where id = any ($2::uuid[]) and state = 'waiting' and claim is null
            and not exists (select from tributary.quarantine where claim = $1)`,
        [publication, ids],
      );
    });
  }

  claimed(publication: string): Promise<QuarantineEntity[]> {
    return this.query<QuarantineEntity>(
      `select ${COLUMNS}, q.state from tributary.quarantine q where q.claim = $1 order by q.table_name, q.publication, q.line`,
      [publication],
    );
  }

  /** Claims of replays that did not come to their end. */
  async openClaims(definition: string, except: string): Promise<string[]> {
    const rows = await this.query<{ claim: string }>(
      `select distinct claim from tributary.quarantine where definition_name = $1 and state = 'waiting' and claim is not null and claim <> $2`,
      [definition, except],
    );
    return rows.map(({ claim }) => claim);
  }

  async replayed(publication: string): Promise<void> {
    await this.query(`update tributary.quarantine set state = 'replayed', replayed_at = now() where claim = $1 and state = 'waiting'`, [
      publication,
    ]);
  }

  async release(publication: string): Promise<void> {
    await this.query(`update tributary.quarantine set claim = null where claim = $1 and state = 'waiting'`, [publication]);
  }

  private query<Row>(sql: string, values: unknown[]): Promise<Row[]> {
    return this.database.query<Row[]>(sql, values);
  }
}

function conditions({ definition, table, run, state }: QuarantineFilter): [string, unknown[]] {
  const values = [definition ?? null, table ?? null, run ?? null, state ?? null];
  const where = `($1::text is null or q.definition_name = $1) and ($2::text is null or q.table_name = $2)
    and ($3::uuid is null or q.run_id = $3) and ($4::text is null or ${STATE} = $4)`;
  return [where, values];
}
