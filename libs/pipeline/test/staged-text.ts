import { Readable } from 'node:stream';
import type { StagedTable } from '@app/platform';

/** A staged table whose rows are given as COPY text, one record each. All columns are texts. */
export const stagedText = (name: string, columns: readonly string[], records: readonly string[]): StagedTable => ({
  table: { name, columns: columns.map((column) => ({ name: column, type: 'string' })) },
  rows: records.length,
  fingerprint: `fingerprint of ${name}`,
  open: () => ({ bytes: Readable.from([Buffer.from(records.map((record) => `${record}\n`).join(''))]), done: Promise.resolve() }),
});

/** All that a staged table produces. */
export async function textOf(staged: StagedTable): Promise<string> {
  const { bytes, done } = staged.open(new AbortController().signal);
  const pieces: Buffer[] = [];
  for await (const piece of bytes as AsyncIterable<Buffer>) pieces.push(piece);
  await done;
  return Buffer.concat(pieces).toString();
}
