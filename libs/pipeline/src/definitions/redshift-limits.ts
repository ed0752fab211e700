import type { z } from 'zod';
import type { TableLoad } from './definition';

const STRATEGIES: ReadonlySet<string> = new Set<TableLoad['strategy']>(['replace', 'truncate', 'insert', 'append']);

interface Loading {
  readonly target: { readonly kind: string };
  readonly load: Partial<TableLoad> & { readonly proof: string; readonly tables: Readonly<Record<string, Partial<TableLoad>>> };
}

/** Finds what Redshift cannot do when a definition is stored, and not after a long extract. */
export function checkRedshift({ target, load }: Loading, context: z.RefinementCtx): void {
  if (target.kind !== 'redshift') return;
  const refuse = (path: readonly string[], message: string): void =>
    context.addIssue({ code: 'custom', path: ['load', ...path], message: `${message} in Redshift` });
  if (load.proof === 'hash') refuse(['proof'], 'content is not compared');
  const settings = [
    { path: [] as string[], of: load },
    ...Object.entries(load.tables).map(([name, of]) => ({ path: ['tables', name], of })),
  ];
  for (const { path, of } of settings) {
    if (of.strategy !== undefined && !STRATEGIES.has(of.strategy)) refuse([...path, 'strategy'], `${of.strategy} is not possible`);
    if (of.evolution !== undefined && of.evolution !== 'freeze') refuse([...path, 'evolution'], 'tables are never changed');
    if ((of.indexes ?? []).length > 0) refuse([...path, 'indexes'], 'there are no indexes');
  }
}
