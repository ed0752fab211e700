import { dropConfigSchema, type DropConfig } from '@app/platform';
import { z } from 'zod';

const documentSchema = z.looseObject({
  source: z.looseObject({ kind: z.literal('drop'), config: z.unknown() }),
  target: z.record(z.string(), z.unknown()).optional(),
  load: z.record(z.string(), z.unknown()).optional(),
});

/**
 * Completes a definition that draws from drops: its configuration file says already where rows go and how they are written.
 * What the document itself says stands; any other document, and one with faults, is returned as it is.
 */
export function withDropDefaults(document: unknown): unknown {
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) return document;
  const config = dropConfigSchema.safeParse(parsed.data.source.config);
  if (!config.success) return document;
  return {
    ...parsed.data,
    target: { ...targetOf(config.data), ...parsed.data.target },
    load: { ...loadOf(config.data), ...parsed.data.load },
  };
}

/** What an original configuration leaves to the machine that the command line runs on, and a definition has to bring along. */
export function dropFaults(document: unknown): { readonly path: string; readonly message: string }[] {
  const parsed = documentSchema.safeParse(document);
  const config = dropConfigSchema.safeParse(parsed.data?.source.config);
  if (!config.success || config.data.sqlFile === null || parsed.data?.load?.afterSql !== undefined) return [];
  const message = 'names a file that only the command line reads; put its SQL into post_sql, or into afterSql of load';
  return [{ path: 'source.config.sql_query', message }];
}

const targetOf = ({ schema, target, owner, grants, bucket, destination }: DropConfig): Record<string, unknown> => ({
  kind: target.kind,
  schema,
  ...(target.connection !== undefined && { connection: target.connection }),
  ...(owner !== null && { owner }),
  ...(grants.length > 0 && { grants }),
  ...(target.kind === 'redshift' && {
    redshift: { bucket, prefix: `${destination}/batch/`, ...(target.iamRole !== undefined && { iamRole: target.iamRole }) },
  }),
});

/** A drop is what its tables hold from now on, also when it holds nothing; or it comes on top. */
const loadOf = ({ truncate, runAtomic, postSql }: DropConfig): Record<string, unknown> => ({
  ...(truncate ? { strategy: 'truncate', onEmpty: 'truncate' } : { strategy: 'append' }),
  ...(runAtomic && { atomic: true }),
  ...(postSql !== null && { afterSql: postSql }),
});
