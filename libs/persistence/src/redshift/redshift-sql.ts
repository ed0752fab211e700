import { qualifiedName, quoteIdentifier } from '../catalog/identifier';
import type { Grant } from '../publisher/table-access';

/** A statement, and what may be shown of it. */
export interface Statement {
  readonly text: string;
  /** Without keys. */
  readonly logged: string;
}

/** How the cluster is let into the bucket: by a role of its own, or by keys, which then travel in the statement. */
export type BucketAccess = { readonly iamRole: string } | { readonly accessKeyId: string; readonly secretAccessKey: string };

/** Of a table that takes the place of another. */
export interface ScratchAccess {
  /** Null for the user who makes it. */
  readonly owner: string | null;
  /** `to` is as SQL names it. */
  readonly grants: readonly Grant[];
}

export interface RedshiftTable {
  readonly schema: string;
  readonly name: string;
  /** Those of the staged rows, in their order. */
  readonly columns: readonly string[];
}

/** How the cluster gets at the bucket. */
export interface CopySource {
  readonly access: BucketAccess;
  /** Of the bucket; null where it is the cluster's own. */
  readonly region: string | null;
}

export interface CopyOptions extends CopySource {
  /** `s3://…` of the manifest. */
  readonly manifestUrl: string;
  readonly nullToken: string;
}

const plain = (text: string): Statement => ({ text, logged: text });

export const scratchName = (table: string): string => `${table}_scratch`;
export const oldName = (table: string): string => `${table}_old`;

/** An empty table beside the old one, with its owner and readers. What a dead attempt left goes first. */
export function createScratch({ schema, name }: RedshiftTable, { owner, grants }: ScratchAccess): Statement[] {
  const scratch = qualifiedName(schema, scratchName(name));
  return [
    `drop table if exists ${scratch}`,
    `drop table if exists ${qualifiedName(schema, oldName(name))}`,
    `create table ${scratch} (like ${qualifiedName(schema, name)} including defaults)`,
    ...(owner === null ? [] : [`alter table ${scratch} owner to ${quoteIdentifier(owner)}`]),
    ...grants.map(({ privilege, to }) => `grant ${privilege} on ${scratch} to ${to}`),
  ].map(plain);
}

/** Puts the scratch table in the place of the old one. */
export const swap = ({ schema, name }: RedshiftTable): Statement[] =>
  [
    `alter table ${qualifiedName(schema, name)} rename to ${quoteIdentifier(oldName(name))}`,
    `alter table ${qualifiedName(schema, scratchName(name))} rename to ${quoteIdentifier(name)}`,
    `drop table ${qualifiedName(schema, oldName(name))}`,
  ].map(plain);

/** Columns are named, so their order in the table does not matter. One row that does not fit fails all. */
export function copy({ schema, name, columns }: RedshiftTable, { manifestUrl, nullToken, access, region }: CopyOptions): Statement {
  const render = (credentials: string): string =>
    `copy ${qualifiedName(schema, name)} (${columns.map(quoteIdentifier).join(', ')}) from ${literal(manifestUrl)} ${credentials} ` +
    `format csv gzip null as ${literal(nullToken)} maxerror 0 dateformat 'auto' timeformat 'auto' encoding utf8 manifest` +
    (region === null ? '' : ` region ${literal(region)}`);
  if ('iamRole' in access) return plain(render(`iam_role ${literal(access.iamRole)}`));
  return {
    text: render(`access_key_id ${literal(access.accessKeyId)} secret_access_key ${literal(access.secretAccessKey)}`),
    logged: render('access_key_id <AWS_ACCESS_KEY_ID> secret_access_key <AWS_SECRET_ACCESS_KEY>'),
  };
}

/** A grantee as SQL names it. */
export function grantee(name: string, kind: 'user' | 'group' | 'role' | 'public' = 'user'): string {
  switch (kind) {
    case 'user':
      return quoteIdentifier(name);
    case 'group':
    case 'role':
      return `${kind} ${quoteIdentifier(name)}`;
    case 'public':
      return 'public';
  }
}

const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
