import type { Grant, TableAccess } from '../publisher/table-access';
import type { RedshiftSession } from './redshift-database';
import { grantee, type RedshiftTable, type ScratchAccess } from './redshift-sql';

const KINDS = ['user', 'group', 'role', 'public'] as const;
/** Those that GRANT takes; the catalog lists more, such as `rule`, where everything was granted at once. */
const PRIVILEGES = new Set(['select', 'insert', 'update', 'delete', 'drop', 'references', 'alter', 'truncate']);

/** What the successor of a table needs so that it belongs to the same owner and others may do the same with it, and what is wanted beside that. */
export async function successorAccess(session: RedshiftSession, table: RedshiftTable, wanted: TableAccess): Promise<ScratchAccess> {
  const grants = [
    ...(wanted.grants ?? []).map(({ privilege, to }) => ({ privilege, to: grantee(to) })),
    ...(await granted(session, table)),
  ];
  return {
    owner: wanted.owner ?? (await otherOwner(session, table)),
    grants: grants.filter(
      (grant, index) => grants.findIndex(({ privilege, to }) => privilege === grant.privilege && to === grant.to) === index,
    ),
  };
}

async function granted(session: RedshiftSession, { schema, name }: RedshiftTable): Promise<Grant[]> {
  const rows = await session.query<{ privilege: string; to: string; kind: string }>(
    `select privilege_type as privilege, identity_name as "to", identity_type as kind
       from svv_relation_privileges where namespace_name = $1 and relation_name = $2 order by 1, 2, 3`,
    [schema, name],
  );
  return rows.flatMap(({ privilege, to, kind }) => {
    const known = KINDS.find((each) => each === kind);
    const word = privilege.toLowerCase();
    return known && PRIVILEGES.has(word) ? [{ privilege: word, to: grantee(to, known) }] : [];
  });
}

/** Null when a table that this user makes has the right one already. */
async function otherOwner(session: RedshiftSession, { schema, name }: RedshiftTable): Promise<string | null> {
  const [found] = await session.query<{ owner: string }>(
    'select tableowner as owner from pg_tables where schemaname = $1 and tablename = $2 and tableowner <> current_user',
    [schema, name],
  );
  return found?.owner ?? null;
}
