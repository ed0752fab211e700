import type { Writable } from 'node:stream';
import type { Run, Stage } from '../api/answers';
import type { RunProgress } from './run-progress';
import { positionOf, stageText } from './stage-text';

/** A log wants to see that the work goes on, not every step of it. */
const REPORT_INTERVAL_MS = 10_000;

/** A line when a stage begins, when it ends, and now and then while it works. */
export class ProgressLines implements RunProgress {
  private readonly shownStatus = new Map<string, Stage['status']>();
  private reportedAt = 0;

  constructor(
    private readonly stream: Writable,
    private readonly now: () => number = () => performance.now(),
  ) {}

  show(run: Run): void {
    for (const stage of run.stages) {
      const isNews = this.shownStatus.get(stage.name) !== stage.status;
      const isDue = stage.status === 'running' && this.now() - this.reportedAt >= REPORT_INTERVAL_MS;
      if (!isNews && !isDue) continue;
      this.shownStatus.set(stage.name, stage.status);
      this.reportedAt = this.now();
      this.stream.write(`${stageText(stage, positionOf(stage, run))}\n`);
    }
  }

  close(): void {
    // Every line is complete as soon as it is written.
  }
}
