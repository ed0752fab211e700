import type { Run, Stage } from '../api/answers';
import { formatCount, formatDuration } from '../text/quantities';

const MARKS = { running: '…', succeeded: '✓', failed: '✗' } as const satisfies Record<Stage['status'], string>;

/** How far a stage is: what it has done, out of how much where that is known, and what it is at. */
export interface StagePosition {
  readonly done: number;
  readonly total: number | null;
  readonly note: string;
}

/** The run's progress belongs to the stage at work; a stage that has ended knows its rows only. */
export function positionOf(stage: Stage, run: Run): StagePosition {
  if (stage.status === 'running' && run.progress) return run.progress;
  return { done: stage.rows ?? 0, total: stage.rows, note: '' };
}

/** `✓ extract: 1,000 rows in 1.2 s`, `✗ load: failed after 3.0 s`, `… transform: 450 of 1,000, visits`. */
export function stageText(stage: Stage, position: StagePosition): string {
  const head = `${MARKS[stage.status]} ${stage.name}:`;
  switch (stage.status) {
    case 'succeeded':
      return `${head} ${formatCount(stage.rows)} rows in ${formatDuration(stage.durationMs)}`;
    case 'failed':
      return `${head} failed after ${formatDuration(stage.durationMs)}`;
    case 'running':
      return [`${head} ${positionText(position)}`, noteText(stage, position)].filter(Boolean).join(', ');
  }
}

export const positionText = ({ done, total }: StagePosition): string =>
  total === null ? formatCount(done) : `${formatCount(done)} of ${formatCount(total)}`;

/** Notes begin with the name of their stage, which stands beside them already. */
const noteText = (stage: Stage, { note }: StagePosition): string =>
  note.startsWith(stage.name) ? note.slice(stage.name.length).trim() : note;
