import type { RedshiftSession } from './redshift-database';
import { grantee, type Grant, type RedshiftTable } from './redshift-sql';

const KINDS = ['user', 'group', 'role', 'public'] as const;
/** One word, as the catalog writes privileges; anything else is not put into a statement. */
const PRIVILEGE = /^[a-z]+$/i;

/** What the table grants to others now, so that its successor does too. */
export async function copiedPrivileges(session: RedshiftSession, { schema, name }: RedshiftTable): Promise<Grant[]> {
  const granted = await session.query<{ privilege: string; to: string; kind: string }>(
    `select privilege_type as privilege, identity_name as "to", identity_type as kind
       from svv_relation_privileges where namespace_name = $1 and relation_name = $2 order by 1, 2, 3`,
    [schema, name],
  );
  return granted.flatMap(({ privilege, to, kind }) => {
    const known = KINDS.find((each) => each === kind);
    return known && PRIVILEGE.test(privilege) ? [{ privilege: privilege.toLowerCase(), to: grantee(to, known) }] : [];
  });
}
