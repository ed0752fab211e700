import { ORDINAL } from '../plan';
import type { ConfigDocument } from './config-document';
import type { Faults } from './faults';
import type { Frame } from './frame';

type Ordering = Pick<ConfigDocument, 'dedupe' | 'sort' | 'limit'>;

/** `dedupe` by the order of the rows, then `sort`, which leaves equal rows in their order, then `limit`. */
export function orderRows(frame: Frame, { dedupe, sort, limit }: Ordering, faults: Faults): void {
  if (dedupe || sort) frame.materialize();
  const names = dedupe ? (dedupe.keys ?? frame.names) : [];
  const keys = names.flatMap((name, index) => faults.attempt(`dedupe.keys.${index}`, () => frame.read(name).sql) ?? []);
  const order = (sort ?? []).flatMap((key, index) => {
    const { column, desc = false, nulls = 'last' } = typeof key === 'string' ? { column: key } : key;
    const sql = faults.attempt(`sort.${index}`, () => frame.read(column).sql);
    return sql === null ? [] : [`${sql} ${desc ? 'desc' : 'asc'} nulls ${nulls}`];
  });
  const cells = [...new Set(frame.columns.map(({ sql }) => sql))].join(', ');
  const unique = dedupe
    ? ` qualify row_number() over (partition by ${keys.join(', ')} order by ${ORDINAL} ${dedupe.keep === 'last' ? 'desc' : 'asc'}) = 1`
    : '';
  const ordered = dedupe || sort ? ` order by ${[...order, ORDINAL].join(', ')}` : '';
  const limited = limit === undefined ? '' : ` limit ${limit}`;
  if (unique || ordered || limited) {
    frame.replace((relation) => `select ${cells} from ${relation}${unique}${ordered}${limited}`, frame.columns);
  }
}
