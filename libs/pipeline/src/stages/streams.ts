import type { LocalPart } from '@app/platform';
import type { StreamInput } from '@app/transform';

/** Staged parts on the local disk as the streams that transforms read. */
export function streamsOf(parts: readonly LocalPart[]): ReadonlyMap<string, StreamInput> {
  const inputs = [...new Set(parts.map((part) => part.stream))].map((stream): StreamInput => {
    const files = parts.filter((part) => part.stream === stream);
    const types = files.flatMap(({ columns, types: known = [] }) =>
      columns.flatMap((column, index) => (known[index] ? [[column, known[index]] as const] : [])),
    );
    return { stream, files, columns: [...new Set(files.flatMap((file) => file.columns))], types: new Map(types) };
  });
  return new Map(inputs.map((input) => [input.stream, input]));
}
