import { qualifiedName, quoteIdentifier } from '../catalog/identifier';
import type { Session } from '../warehouse/warehouse';
import { StrategyInvalidError } from '../warehouse/warehouse-errors';

/** One word: nothing else is put into a statement. */
const PRIVILEGE = /^[a-z]+$/i;

export interface Grant {
  /** As SQL calls it, such as `select`. */
  readonly privilege: string;
  /** A role of the database, or `public`. */
  readonly to: string;
}

/** Who a table belongs to, and who may do what with it. */
export interface TableAccess {
  /** Absent leaves the owner there is. */
  readonly owner?: string;
  /** Beside what is granted already. */
  readonly grants?: readonly Grant[];
}

/** @throws {StrategyInvalidError} */
export function assertGrants({ grants = [] }: TableAccess): void {
  const problems = grants
    .filter(({ privilege }) => !PRIVILEGE.test(privilege))
    .map(({ to }) => `What is granted to ${to} is no privilege.`);
  if (problems.length > 0) throw new StrategyInvalidError(problems);
}

/** The owner last, who may be somebody whom we cannot act for; and only where it changes, since readers wait for that. */
export async function giveAccess(session: Session, schema: string, table: string, { owner, grants = [] }: TableAccess): Promise<void> {
  const name = qualifiedName(schema, table);
  for (const { privilege, to } of grants) await session.query(`grant ${privilege} on ${name} to ${quoteIdentifier(to)}`);
  if (owner === undefined) return;
  const { rowCount } = await session.query('select from pg_tables where schemaname = $1 and tablename = $2 and tableowner <> $3', [schema, table, owner]); // prettier-ignore
  if (rowCount === 1) await session.query(`alter table ${name} owner to ${quoteIdentifier(owner)}`);
}
