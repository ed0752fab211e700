import { qualifiedName, quoteIdentifier } from '../catalog/identifier';
import type { TableWork } from '../strategies/table-work';
import { LoadUnprovenError } from '../warehouse/warehouse-errors';
import { contentHash } from './content-hash';

/** Which rows of the target have to be the staged ones once they are written. */
export type Published =
  /** All of them. */
  | { readonly kind: 'all' }
  /** Those that this transaction wrote. */
  | { readonly kind: 'written' }
  /** Those with the staged keys, among the current versions if there are versions. */
  | { readonly kind: 'keyed'; readonly keys: readonly string[]; readonly among?: string };

export interface Content {
  readonly rows: number;
  readonly hash: string;
}

/** The staged rows that lie in a relation beside the target, without those whose keys match nothing. */
export async function contentOfStaged({ session, columns, rows }: TableWork, published: Published): Promise<Content> {
  const hasKeys = published.kind === 'keyed' ? published.keys.map((key) => `s.${quoteIdentifier(key)} is not null`) : [];
  const where = hasKeys.length > 0 ? ` where ${hasKeys.join(' and ')}` : '';
  return read(session, `select count(*)::text as rows, ${contentHash(columns, 's')} as hash from ${await rows.relation()} s${where}`);
}

/** What the target has of them. Takes one pass over it, and for keys a join with the staged rows. */
export async function contentOfPublished(work: TableWork, published: Published): Promise<Content> {
  const { session, target, columns } = work;
  const select = `select count(*)::text as rows, ${contentHash(columns, 't')} as hash from only ${qualifiedName(target.schema, target.name)} t`;
  switch (published.kind) {
    case 'all':
      return read(session, select);
    case 'written': {
      // Asked beforehand: within the query it would be asked for every row, and keep the work from several processes.
      const { rows } = await session.query<{ writer: string }>('select pg_current_xact_id()::xid::text as writer');
      return read(session, `${select} where t.xmin = $1::xid`, [rows[0]?.writer]);
    }
    case 'keyed': {
      const sameKey = published.keys.map((key) => `t.${quoteIdentifier(key)} = s.${quoteIdentifier(key)}`);
      const conditions = [...sameKey, ...(published.among === undefined ? [] : [published.among])];
      return read(session, `${select} join ${await work.rows.relation()} s on ${conditions.join(' and ')}`);
    }
  }
}

/** @throws {LoadUnprovenError} */
export function assertSame(table: string, staged: Content, published: Content): void {
  if (staged.rows === published.rows && staged.hash === published.hash) return;
  throw new LoadUnprovenError(table, describe(staged), describe(published));
}

const describe = ({ rows, hash }: Content): string => `${rows} rows, hash ${hash}`;

async function read(session: TableWork['session'], sql: string, values: unknown[] = []): Promise<Content> {
  const { rows } = await session.query<{ rows: string; hash: string }>(sql, values);
  const [found] = rows;
  if (found === undefined) throw new Error('An aggregate without groups returned no row.');
  return { rows: Number(found.rows), hash: found.hash };
}
