import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { eventually } from '@app/testing';

const ROOT = join(__dirname, '..');
const SHOWN_OUTPUT_CHARS = 4_000;

/** What a process leaves behind when it ends. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One built program of the platform, running on its own. */
export class ProcessUnderTest {
  private text = '';
  private ended: Exit | null = null;

  private constructor(
    /** Path below `dist`. */
    readonly script: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (this.text += text));
    child.on('exit', (code, signal) => (this.ended = { code, signal }));
  }

  /** Starts `dist/<script>` with exactly this environment, away from any `.env` of the checkout. */
  static start(script: string, env: Readonly<Record<string, string>>, cwd: string): ProcessUnderTest {
    const file = join(ROOT, 'dist', script);
    if (!existsSync(file)) throw new Error(`dist/${script} is missing: run "npm run build" first; these tests start the built programs.`);
    const environment = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env };
    return new ProcessUnderTest(script, spawn(process.execPath, [file], { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.script} did not start`);
    return this.child.pid;
  }

  /** Everything it has written so far, standard output and standard error in the order of arrival. */
  get output(): string {
    return this.text;
  }

  /** Waits until `probe` says that it is ready; its death meanwhile is an error that shows what it wrote last. */
  async ready(probe: () => Promise<boolean> | boolean): Promise<this> {
    await eventually(`${this.script} is ready`, async () => {
      if (this.ended) throw new Error(`${this.script} ended before it was ready:\n${this.text.slice(-SHOWN_OUTPUT_CHARS)}`);
      return probe();
    });
    return this;
  }

  /** Sends the signal and waits for the end. One that has ended already is left alone. */
  async end(signal: NodeJS.Signals, patienceMs?: number): Promise<Exit> {
    if (!this.ended) this.child.kill(signal);
    return eventually(`${this.script} ends after ${signal}`, () => this.ended, patienceMs);
  }
}

/** Below the ports that the system hands out by itself: nobody is given one of these before its server takes it. */
let nextPort = 20_000 + randomInt(10_000);

/** A free TCP port that stays free. */
export function freePort(): Promise<number> {
  const port = (nextPort += 1);
  return new Promise((resolve) => {
    const probe = createServer().on('error', () => resolve(freePort()));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)));
  });
}
