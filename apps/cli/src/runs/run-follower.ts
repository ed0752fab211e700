import { Injectable } from '@nestjs/common';
import { integer } from '@app/platform';
import { ApiClient } from '../api/api-client';
import type { Run, StartedRun } from '../api/answers';
import { parseFlag } from '../parse-flag';
import { Terminal } from '../terminal';
import { fieldList } from '../text/text-table';
import { openRunProgress } from './open-run-progress';
import { pollRun } from './poll-run';
import { runDetails, verdict, wentWrong } from './run-summary';

const DEFAULT_WAIT_S = 3600;
const SECOND_MS = 1000;

/** The flags of every command that starts a run. */
export interface FollowFlags {
  readonly wait?: boolean;
  readonly timeout?: number;
}

/** Ctrl-C while a run was waited for. The message says what became of the run. */
export class WaitInterruptedError extends Error {}

/** Seconds; 0 stands for the default. */
export const parseTimeout = (text: string): number => parseFlag(integer({ min: 0 }), text);

/** Tells which run was started and, when asked to, stays with it until it has ended. */
@Injectable()
export class RunFollower {
  constructor(
    private readonly api: ApiClient,
    private readonly terminal: Terminal,
  ) {}

  async follow(started: StartedRun, { wait, timeout }: FollowFlags): Promise<void> {
    const ids = fieldList([
      ['Run ID', started.runId],
      ['Task ID', started.taskId],
    ]);
    if (!wait) {
      this.terminal.show(started, () => [...ids, '', `Use 'tributary status ${started.runId}' to follow it.`]);
      return;
    }
    this.terminal.say(ids);
    const run = await this.wait(started.runId, (timeout || DEFAULT_WAIT_S) * SECOND_MS);
    this.terminal.show(run, () => [...runDetails(run), '', verdict(run)]);
    if (!wentWrong(run)) return;
    if (this.terminal.json) this.terminal.note(verdict(run));
    this.terminal.exitCode = 1;
  }

  /** Shows progress on standard error until a run has ended; answers the run as it ended. */
  async wait(runId: string, timeoutMs: number): Promise<Run> {
    const { streams } = this.terminal;
    this.terminal.note('Waiting for the run to end...');
    const progress = openRunProgress(streams);
    try {
      return await pollRun(() => this.api.run(runId), { onAnswer: (run) => progress.show(run), timeoutMs, signal: streams.interrupt });
    } catch (error) {
      if (!streams.interrupt.aborted) throw error;
      throw new WaitInterruptedError(`Run ${runId} goes on. To stop it: tributary cancel ${runId}`, { cause: error });
    } finally {
      progress.close();
    }
  }
}
