import { IS_DATA_SCHEMA } from '../postgres/data-schemas';

/** The schema that exists in every database and stays, with the rights on it. */
const KEPT_SCHEMA = 'public';
/** Kinds of things that are no object of their own: they go with the schema's tables, or stay with the schema. */
const NOT_DROPPED = ['pg_default_acl', 'pg_extension', 'pg_statistic_ext', 'pg_publication_namespace'];

/**
 * Removes what a backup replaces: every data schema, and of `public` its content. What belongs to an extension that lies in
 * `public` stays. Statements are collected first, since dropping one thing may take others along.
 */
export const CLEAR_DATA_SCHEMAS = `do $clear$
declare
  statement text;
begin
  for statement in
    select unnest(array_agg(found.drop_it)) from (
      select format('drop schema if exists %I cascade', n.nspname) as drop_it
        from pg_catalog.pg_namespace n where ${IS_DATA_SCHEMA} and n.nspname <> '${KEPT_SCHEMA}'
      union all
      select format('drop %s if exists %s cascade', o.type, o.identity)
        from pg_catalog.pg_depend d
        join pg_catalog.pg_namespace n on n.oid = d.refobjid and n.nspname = '${KEPT_SCHEMA}'
        cross join lateral pg_catalog.pg_identify_object(d.classid, d.objid, 0) o
       where d.refclassid = 'pg_catalog.pg_namespace'::regclass and d.deptype = 'n'
         and d.classid::regclass::text <> all (array[${NOT_DROPPED.map((name) => `'${name}'`).join(', ')}])
         and not exists (select from pg_catalog.pg_depend e where e.classid = d.classid and e.objid = d.objid and e.deptype = 'e')
    ) found
  loop
    execute statement;
  end loop;
end $clear$;`;
