import { PassThrough } from 'node:stream';
import type { CopyText } from '@app/platform';

/** Text of a format that somebody writes. Whoever reads the bytes sees a failure there; whoever awaits `done` sees it again. */
export function copyText(format: CopyText['format'], write: (bytes: PassThrough) => Promise<void>): CopyText {
  const bytes = new PassThrough();
  const done = write(bytes);
  done.catch((error: unknown) => bytes.destroy(error instanceof Error ? error : new Error('The copy failed', { cause: error })));
  return { format, bytes, done };
}
