import type { Connectors, Fault } from '../stages/connectors';
import { stepsOf, type PipelineDefinition } from './definition';

/**
 * What keeps a definition from deleting rows that are gone from its source, if it asks for that. Finds it when the definition is
 * stored, not after a long extract; what becomes of keys in a query of its own shows when it runs.
 */
export function deleteFaults(
  { source, transform, target, load }: Pick<PipelineDefinition, 'source' | 'transform' | 'target' | 'load'>,
  connectors: Connectors,
): Fault[] {
  const gone = connectors.sourceKeys(source.kind, source.config);
  if (gone === undefined) return [];
  const own = target.table !== undefined && Object.hasOwn(load.tables, target.table) ? load.tables[target.table] : undefined;
  const { strategy, keys } = { ...load, ...own };
  const place = (setting: 'strategy' | 'keys'): string =>
    own?.[setting] === undefined ? `load.${setting}` : `load.tables.${target.table}.${setting}`;
  const isSame = gone.length === keys.length && gone.every((name) => keys.includes(name));
  const refused = `rows that are gone from the source are deleted by upsert, not by ${strategy}`;
  return [
    ...(strategy === 'upsert' ? [] : [{ path: place('strategy'), message: refused }]),
    ...(isSame ? [] : [{ path: place('keys'), message: `expected exactly ${gone.join(', ')}, by which the source tells what is gone` }]),
    ...stepsOf({ transform }).flatMap(({ kind, config }, index) =>
      connectors.keyFaults(kind, config, gone).map(({ path, message }) => ({
        path: `${Array.isArray(transform) ? `transform.${index}` : 'transform'}.${path}`,
        message,
      })),
    ),
  ];
}
