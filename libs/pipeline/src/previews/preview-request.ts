import { bodyFault, COLUMN_TYPES, parseBody, RequestInvalidError } from '@app/platform';
import { MAX_PREVIEW_ROWS } from '@app/transform';
import { z } from 'zod';

const text = z.string().min(1);
const config = z.record(z.string(), z.unknown()).default({});

/** A step in the words of a definition, and in those of `pipeline_config`. */
const step = z.strictObject({ kind: text, config, name: text.optional() });
const typedStep = z.strictObject({ type: text, config, name: text.optional() });

/** What of a body says which transform to try. */
export type StepsKey = 'transform' | 'transformation';

export interface PreviewBody {
  readonly steps: readonly z.output<typeof step>[];
  readonly data_id?: string | undefined;
  readonly rows?: readonly Readonly<Record<string, unknown>>[] | undefined;
  readonly columns?: z.output<typeof columns> | undefined;
  readonly limit: number;
}

const columns = z.array(z.strictObject({ name: text, type: z.enum(COLUMN_TYPES).optional() }));

const sample = {
  data_id: text.optional(),
  rows: z.array(z.record(z.string(), z.unknown())).max(MAX_PREVIEW_ROWS).optional(),
  columns: columns.optional(),
  limit: z.int().min(1).max(MAX_PREVIEW_ROWS).default(MAX_PREVIEW_ROWS),
};

/** Reads the body of a preview, and finds the place in it that a path of the engine means. @throws {RequestInvalidError} */
export function readPreview(body: unknown): { readonly request: PreviewBody; readonly placeOf: (path: string) => string[] } {
  const key: StepsKey = has(body, 'transformation') ? 'transformation' : 'transform';
  const isList = Array.isArray(has(body, key) ? body[key] : undefined);
  const one = key === 'transform' ? step : typedStep.transform(({ type, ...rest }) => ({ kind: type, ...rest }));
  const schema = z.strictObject({ [key]: isList ? z.array(one).min(1) : one, ...sample });
  const { [key]: given, ...rest } = parseBody(schema, body) as unknown as Given;
  if ((rest.rows === undefined) === (rest.data_id === undefined)) {
    throw new RequestInvalidError([bodyFault(body, ['rows'], 'missing', 'Field required: either rows or data_id')]);
  }
  if (rest.rows?.every((row) => Object.keys(row).length === 0) && (rest.columns?.length ?? 0) === 0) {
    throw new RequestInvalidError([bodyFault(body, ['columns'], 'missing', 'Field required: the rows name no column')]);
  }
  const placeOf = (path: string): string[] => {
    const [, index = '0', ...inner] = path.split('.');
    return [key, ...(isList ? [index] : []), ...(key === 'transformation' && inner[0] === 'kind' ? ['type'] : inner)];
  };
  return { request: { ...rest, steps: [given].flat() }, placeOf };
}

type Given = Record<StepsKey, PreviewBody['steps'] | PreviewBody['steps'][number]> & Omit<PreviewBody, 'steps'>;

const has = <Key extends string>(body: unknown, key: Key): body is Record<Key, unknown> =>
  typeof body === 'object' && body !== null && key in body;
