import type { Run, Stage, TableChange } from '../api/answers';
import { formatCount, formatDuration, formatInstant } from '../text/quantities';
import { fieldList, textTable, type TextColumn } from '../text/text-table';
import { hasEnded } from './poll-run';
import { positionText } from './stage-text';

const STATUS_MARKS = { queued: '⏳', running: '⏳', succeeded: '✓', failed: '✗', cancelled: '✗' } as const satisfies Record<
  Run['status'],
  string
>;

const STAGE_COLUMNS: readonly TextColumn<Stage>[] = [
  { heading: 'Stage', value: (stage) => stage.name },
  { heading: 'Status', value: (stage) => stage.status },
  { heading: 'Rows', value: (stage) => formatCount(stage.rows), align: 'right' },
  { heading: 'Duration', value: (stage) => formatDuration(stage.durationMs), align: 'right' },
];

const TABLE_COLUMNS: readonly TextColumn<TableChange>[] = [
  { heading: 'Table', value: (change) => change.table },
  { heading: 'Rows', value: (change) => formatCount(change.rows), align: 'right' },
  { heading: 'Inserted', value: (change) => formatCount(change.inserted), align: 'right' },
  { heading: 'Deleted', value: (change) => formatCount(change.deleted), align: 'right' },
  { heading: 'Unchanged', value: (change) => formatCount(change.unchanged), align: 'right' },
];

export const statusText = (status: Run['status']): string => `${STATUS_MARKS[status]} ${status}`;

/** A run that did not do what it was started for. */
export const wentWrong = (run: Run): boolean => run.status === 'failed' || run.status === 'cancelled';

/** What a run is, and how far it is. */
export function runHeader(run: Run): string[] {
  return fieldList([
    ['Run ID', run.runId],
    ['Task ID', run.taskId],
    ['Pipeline', `${run.pipeline}, version ${run.version}${run.dryRun ? ', dry run' : ''}`],
    ['Status', statusText(run.status)],
    ['Created', formatInstant(run.createdAt)],
    ['Started', formatInstant(run.startedAt)],
    ['Ended', formatInstant(run.endedAt)],
    ...(!hasEnded(run) && run.progress ? [['Progress', `${positionText(run.progress)}, ${run.progress.note}`] as const] : []),
  ]);
}

/** What the stages did, what became of each table, and what was found on the way. Empty before the first stage. */
export function runDetails(run: Run): string[] {
  if (run.stages.length === 0) return [];
  return [
    '',
    ...textTable(STAGE_COLUMNS, run.stages),
    ...(run.tables
      ? ['', ...(run.dryRun ? ['Nothing was written. It would have been:'] : []), ...textTable(TABLE_COLUMNS, run.tables)]
      : []),
    '',
    `Issues: ${issuesText(run)}`,
  ];
}

/** How a run ended, in one line. */
export function verdict(run: Run): string {
  const duration = durationMsOf(run);
  if (run.status === 'succeeded') return `✓ ${run.pipeline} succeeded${duration === null ? '' : ` in ${formatDuration(duration)}`}`;
  return `✗ ${run.pipeline} ${run.status === 'cancelled' ? 'was cancelled' : 'failed'}${run.error ? `: ${run.error.message}` : ''}`;
}

/** Null while it runs. */
export const durationMsOf = ({ startedAt, endedAt }: Run): number | null =>
  startedAt === null || endedAt === null ? null : new Date(endedAt).getTime() - new Date(startedAt).getTime();

/** `0`, or `1,234 (unknown-choice 1,200, missing-field 34)`. */
function issuesText({ issues }: Run): string {
  const countOfRule = new Map<string, number>();
  for (const { rule, count } of issues) countOfRule.set(rule, (countOfRule.get(rule) ?? 0) + count);
  const total = [...countOfRule.values()].reduce((sum, count) => sum + count, 0);
  const rules = [...countOfRule].map(([rule, count]) => `${rule} ${formatCount(count)}`);
  return formatCount(total) + (rules.length === 0 ? '' : ` (${rules.join(', ')})`);
}
