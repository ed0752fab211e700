import { KEY_STREAM } from '@app/ingestion';
import type { LocalPart, StagedPart } from '@app/platform';
import type { StreamInput } from '@app/transform';

/** Keys of rows are no rows. */
export const rowsOf = ({ stream, rows }: StagedPart): number => (stream === KEY_STREAM ? 0 : rows);

/** Staged parts on the local disk as the streams that transforms read. */
export function streamsOf(parts: readonly LocalPart[]): ReadonlyMap<string, StreamInput> {
  return allStreamsOf(parts.filter(({ stream }) => stream !== KEY_STREAM));
}

/** The same with what no transform reads. */
export function allStreamsOf(parts: readonly LocalPart[]): ReadonlyMap<string, StreamInput> {
  const inputs = [...new Set(parts.map((part) => part.stream))].map((stream): StreamInput => {
    const files = parts.filter((part) => part.stream === stream);
    const types = files.flatMap(({ columns, types: known = [] }) =>
      columns.flatMap((column, index) => (known[index] ? [[column, known[index]] as const] : [])),
    );
    return { stream, files, columns: [...new Set(files.flatMap((file) => file.columns))], types: new Map(types) };
  });
  return new Map(inputs.map((input) => [input.stream, input]));
}
