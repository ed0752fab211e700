const LINE_FEED = 0x0a;
const COMMA = 0x2c;

/**
 * Makes one JSON array of lines that hold an object each, over any cut into chunks. The text of an object holds no raw
 * line feed, so each one ends a row.
 */
export async function* toJsonArray(lines: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let before = '[';
  for await (const chunk of lines) {
    const endsRow = chunk.at(-1) === LINE_FEED;
    const piece = Buffer.concat([Buffer.from(before), endsRow ? chunk.subarray(0, -1) : chunk]);
    for (let at = piece.indexOf(LINE_FEED); at !== -1; at = piece.indexOf(LINE_FEED, at + 1)) piece[at] = COMMA;
    yield piece;
    before = endsRow ? ',' : '';
  }
  yield Buffer.from(before === '[' ? '[]' : ']');
}
