import { PassThrough } from 'node:stream';
import type { CopyText } from '@app/platform';

/** Text that somebody writes. Whoever reads the bytes sees a failure there; whoever awaits `done` sees it again. */
export function copyText(write: (bytes: PassThrough) => Promise<void>): CopyText {
  const bytes = new PassThrough();
  const done = write(bytes);
  done.catch((error: unknown) => bytes.destroy(error instanceof Error ? error : new Error('The copy failed', { cause: error })));
  return { bytes, done };
}
