import { Writable } from 'node:stream';
import { runCli } from '../src/run-cli';
import type { ApiServer } from './api-server';

export const KEY = 'key-of-a-trial-coordinator';

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Surroundings {
  /** Variables beside the address and the key. */
  readonly env?: Readonly<Record<string, string>>;
  readonly interrupt?: AbortSignal;
  readonly isTTY?: boolean;
}

/** Keeps what is written to it. */
export class TextSink extends Writable {
  text = '';

  constructor(readonly isTTY = false) {
    super();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Runs a command line, given as one text without quotes, against a server. */
export async function tributary(
  server: Pick<ApiServer, 'url'>,
  line: string,
  { env, interrupt, isTTY }: Surroundings = {},
): Promise<Outcome> {
  const stdout = new TextSink(isTTY);
  const stderr = new TextSink(isTTY);
  const streams = { stdout, stderr, interrupt: interrupt ?? new AbortController().signal };
  const exitCode = await runCli(line.split(' ').filter(Boolean), streams, {
    TRIBUTARY_API_URL: server.url,
    TRIBUTARY_API_KEY: KEY,
    ...env,
  });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}
