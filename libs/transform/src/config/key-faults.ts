import type { TransformFault } from '../transform.errors';
import { type ConfigDocument, configDocumentSchema } from './config-document';

/** Where a document does something else with these columns than to pass them on, or makes fewer rows of those that have them. */
export function keyFaults(config: unknown, keys: readonly string[]): TransformFault[] {
  const document = configDocumentSchema.safeParse(config).data;
  if (document === undefined) return [];
  const below = typeof config === 'object' && config !== null && 'config' in config ? 'config.' : '';
  return keys.flatMap((key) =>
    [...new Set(placesOf(document, key))].map((path) => ({
      path: `${below}${path}`,
      message: `"${key}" has to stay as the source has it, because deletes go by it; compute it in the query of the source`,
    })),
  );
}

function placesOf({ select, rename = {}, ...document }: ConfigDocument, key: string): string[] {
  const { add_columns: added = {}, drop_columns: dropped = [], transformations = [], aggregations } = document;
  const grouped = aggregations && [aggregations.group_by ?? []].flat();
  return [
    ...(select?.includes(key) === false ? ['select'] : []),
    ...Object.entries(rename).flatMap(([from, to]) => (from === to || (from !== key && to !== key) ? [] : [`rename.${from}`])),
    ...(Object.hasOwn(added, key) ? [`add_columns.${key}`] : []),
    ...(dropped.includes(key) ? ['drop_columns'] : []),
    ...transformations.flatMap(({ column }, index) => (column === key ? [`transformations.${index}.column`] : [])),
    ...(grouped?.includes(key) === false ? ['aggregations.group_by'] : []),
  ];
}
