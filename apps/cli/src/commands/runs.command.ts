import { integer } from '@app/platform';
import { Command, CommandRunner, Option } from 'nest-commander';
import { z } from 'zod';
import { ApiClient } from '../api/api-client';
import { RUN_STATUSES, type Run } from '../api/answers';
import { parseFlag } from '../parse-flag';
import { durationMsOf, statusText } from '../runs/run-summary';
import { Terminal } from '../terminal';
import { formatDuration, formatInstant } from '../text/quantities';
import { textTable, type TextColumn } from '../text/text-table';

const DEFAULT_LIMIT = 20;
/** The API gives no more at once. */
const MAX_LIMIT = 500;

interface RunsFlags {
  readonly pipeline?: string;
  readonly status?: Run['status'];
  readonly limit?: number;
}

const COLUMNS: readonly TextColumn<Run>[] = [
  { heading: 'Run ID', value: (run) => run.runId },
  { heading: 'Pipeline', value: (run) => run.pipeline },
  { heading: 'Status', value: (run) => statusText(run.status) },
  { heading: 'Created', value: (run) => formatInstant(run.createdAt) },
  { heading: 'Duration', value: (run) => durationText(durationMsOf(run)), align: 'right' },
];

@Command({ name: 'runs', description: 'List runs, newest first' })
export class RunsCommand extends CommandRunner {
  constructor(
    private readonly api: ApiClient,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  async run(_arguments: string[], { pipeline, status, limit = DEFAULT_LIMIT }: RunsFlags): Promise<void> {
    const filter = { ...(pipeline !== undefined && { pipeline }), ...(status !== undefined && { status }), limit: String(limit) };
    const page = await this.api.runs(filter);
    this.terminal.show(page, () =>
      page.runs.length === 0 ? ['No runs found'] : [...textTable(COLUMNS, page.runs), '', `${page.runs.length} of ${page.total} runs`],
    );
  }

  @Option({ flags: '--pipeline <name>', description: 'only runs of this pipeline' })
  pipeline(text: string): string {
    return text;
  }

  @Option({ flags: '--status <status>', description: `only runs that are ${RUN_STATUSES.join(', ')}` })
  status(text: string): Run['status'] {
    return parseFlag(z.enum(RUN_STATUSES, `Expected one of ${RUN_STATUSES.join(', ')}.`), text);
  }

  @Option({ flags: '--limit <count>', description: `at most this many, ${DEFAULT_LIMIT} by default, ${MAX_LIMIT} at most` })
  limit(text: string): number {
    return parseFlag(integer({ min: 1, max: MAX_LIMIT }), text);
  }
}

const durationText = (durationMs: number | null): string => (durationMs === null ? '-' : formatDuration(durationMs));
