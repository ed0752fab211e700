import type { ColumnType } from '@app/platform';
import { z } from 'zod';
import type { FileRelation, Plan } from '../plan';
import type { StreamInput, Transform } from '../transform';

/** Rows pass as they are: each stream is a table, and its cells go to the target as the source wrote them. */
export const noTransform: Transform<Record<string, never>> = {
  kind: 'none',
  configSchema: z.strictObject({}),
  compile: (_config, { streams, table }) => {
    const inputs = [...streams.values()];
    const relations = inputs.map(filesOf);
    const outputs = inputs.map(({ stream, columns, types }, index) => ({
      table: {
        name: inputs.length === 1 && table !== null ? table : stream,
        columns: columns.map((name) => ({ name, type: types.get(name) ?? ('string' as const) })),
      },
      relation: relationName(index),
      streamed: relationName(index),
    }));
    const plan: Plan = { relations, outputs, checks: [], issues: [], lineage: [], reports: {} };
    return Promise.resolve(plan);
  },
  // A definition that names its table has one stream.
  expect: (config, context) => (context.table === null ? Promise.resolve(null) : noTransform.compile(config, context)),
};

const relationName = (index: number): string => `stream_${index}`;

/** Positions name the columns, since names may differ in letter case only. Text stays the text that it is; Parquet has types. */
function filesOf({ stream, files, columns, types }: StreamInput, index: number): FileRelation {
  const isText = files.every(({ format }) => format !== 'parquet');
  const typeOf = (source: string): ColumnType => (isText ? 'string' : (types.get(source) ?? 'string'));
  return {
    kind: 'files',
    name: relationName(index),
    origin: { stream },
    files,
    columns: columns.map((source, position) => ({ source, name: `c${position}`, type: typeOf(source) })),
  };
}
