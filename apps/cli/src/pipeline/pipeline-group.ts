import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { ApiClient } from '../api/api-client';
import type { TaskState } from '../api/answers';
import { CommandFailedError } from '../command-failed.error';
import { showGroup } from '../local/command-group';
import { pollTask } from '../runs/poll-run';
import { Terminal } from '../terminal';
import { ingestBody, option, persistBody, type IngestFlags, type PersistFlags, type WaitFlags } from './pipeline-flags';
import { NO_TRANSFORM, readPlan, transformConfig } from './plan-file';

const DEFAULT_WAIT_S = 3600;
const SECOND_MS = 1000;
const PERCENT = 100;
const DECIMALS = 2;
const JSON_INDENT = 2;

interface RunFlags extends IngestFlags, PersistFlags, WaitFlags {
  readonly config?: string;
  readonly pipelineId?: string;
  readonly transformType?: string;
  readonly transformConfig?: unknown;
}

type Report = Readonly<Record<string, unknown>>;

/** What is said of a task of one kind. */
interface Words {
  readonly submitted: (ids: { pipeline_id: string; task_id: string }) => readonly string[];
  readonly waiting: string;
  readonly good: (result: Report) => readonly string[];
  readonly bad: string;
}

const counts = (report: unknown, key: string): string => {
  const value = typeof report === 'object' && report !== null ? (report as Report)[key] : undefined;
  return typeof value === 'number' ? String(value) : '0';
};

const RUN: Words = {
  submitted: ({ pipeline_id, task_id }) => ['Pipeline submitted successfully!', `Pipeline ID: ${pipeline_id}`, `Task ID: ${task_id}`],
  waiting: 'Waiting for pipeline to complete...',
  good: ({ ingestion, transformation, persistence }) => [
    '✓ Pipeline completed successfully!',
    `  Ingestion: ${counts(ingestion, 'row_count')} rows`,
    `  Transformation: ${counts(transformation, 'row_count')} rows`,
    `  Persistence: ${counts(persistence, 'rows_written')} rows written`,
  ],
  bad: '✗ Pipeline failed',
};

const single = (name: string, key: string, unit: string): Words => ({
  submitted: ({ task_id }) => [`${name} task submitted!`, `Task ID: ${task_id}`],
  waiting: 'Waiting for task to complete...',
  good: (result) => [`✓ ${name} completed: ${counts(result, key)} ${unit}`],
  bad: '✗ Error',
});

/** `tributary pipeline …`, which `pipeline-cli …` stands for: the commands of the pipeline platform. */
@Injectable()
export class PipelineGroup {
  constructor(
    private readonly api: ApiClient,
    private readonly terminal: Terminal,
  ) {}

  addTo(program: Command): Command {
    const group = program.command('pipeline').description('Run pipelines and their single stages').argument('[command]');
    group.action((word: string | undefined) => {
      showGroup(group, this.terminal, word);
    });
    this.addRun(group);
    this.addStages(group);
    group.command('status').argument('<task-id>').description('Show what became of a task').action(this.safely(this.status));
    group.command('health').description('Ask whether the workers are well').action(this.safely(this.health));
    group.command('workers').description('List the workers').action(this.safely(this.workers));
    return group;
  }

  private addRun(group: Command): void {
    const run = group.command('run').description('Run a pipeline, from a file or from flags');
    run.option('--config <path>', 'the pipeline as JSON or YAML').option('--pipeline-id <id>', 'an id of your own');
    const { query, sourceDbUrl, parameters, batchSize, tableName, schema, strategy, upsertKeys, destDbUrl, wait, timeout } = option;
    const flags = [query(), sourceDbUrl(), parameters(), batchSize(), option.type('--transform-type'), option.json('--transform-config')];
    for (const each of [...flags, tableName(), schema(), strategy(), upsertKeys(), destDbUrl(), wait(), timeout()]) run.addOption(each);
    run.action(
      this.safely(async (given: RunFlags) => {
        const config = given.config === undefined ? await configOf(given, run) : await readPlan(given.config);
        const body = { pipeline_config: config, ...(given.pipelineId !== undefined && { pipeline_id: given.pipelineId }) };
        await this.submit('/pipelines', body, RUN, given);
      }),
    );
  }

  private addStages(group: Command): void {
    const { sourceDbUrl, parameters, batchSize, schema, strategy, upsertKeys, destDbUrl, dataId, wait, timeout } = option;
    const ingest = group.command('ingest').description('Draw rows').addOption(option.query().makeOptionMandatory());
    for (const each of [sourceDbUrl(), parameters(), batchSize(), wait(), timeout()]) ingest.addOption(each);
    ingest.action(
      this.safely((flags: IngestFlags & WaitFlags) =>
        this.submit('/tasks/ingest', ingestBody(flags), single('Ingestion', 'row_count', 'rows'), flags),
      ),
    );
    const transform = group.command('transform').description('Transform rows that a task staged');
    for (const each of [option.type('--type'), option.json('--config')]) transform.addOption(each.makeOptionMandatory());
    for (const each of [dataId(), wait(), timeout()]) transform.addOption(each);
    transform.action(
      this.safely(async (flags: WaitFlags & { type: string; config: unknown; dataId?: string }) => {
        const config = await transformConfig(flags.type, flags.config, process.cwd());
        const body = { transformation_type: flags.type, transformation_config: config, data_id: flags.dataId };
        await this.submit('/tasks/transform', body, single('Transformation', 'row_count', 'rows'), flags);
      }),
    );
    const persist = group.command('persist').description('Write rows that a task staged');
    persist.addOption(option.tableName().makeOptionMandatory());
    for (const each of [schema(), strategy(), upsertKeys(), destDbUrl(), dataId(), wait(), timeout()]) persist.addOption(each);
    persist.action(
      this.safely((flags: PersistFlags & WaitFlags & { dataId?: string }) => {
        expectFlags(missingKeys(flags), persist);
        const body = { ...persistBody(flags), data_id: flags.dataId };
        return this.submit('/tasks/persist', body, single('Persistence', 'rows_written', 'rows written'), flags);
      }),
    );
  }

  private async submit(route: string, body: unknown, words: Words, { wait, timeout }: WaitFlags): Promise<void> {
    const submitted = await this.api.submit(route, body);
    if (!wait) {
      const hint = words === RUN ? ['', `Use 'pipeline-cli status ${submitted.task_id}' to check status`] : [];
      this.terminal.show(submitted, () => [...words.submitted(submitted), ...hint]);
      return;
    }
    this.terminal.say([...words.submitted(submitted), words.waiting]);
    const task = await this.ended(submitted.task_id, (timeout || DEFAULT_WAIT_S) * SECOND_MS, words);
    if (!task) return;
    const isGood = task.status === 'completed';
    this.terminal.show(task, () => ['', ...(isGood ? words.good(task.result ?? {}) : [`${words.bad}: ${task.error ?? 'failed'}`])]);
    if (!isGood) this.terminal.exitCode = 1;
  }

  /** The task as it ended; null after saying why the wait broke off. */
  private async ended(taskId: string, timeoutMs: number, words: Words): Promise<TaskState | null> {
    const { interrupt } = this.terminal.streams;
    try {
      return await pollTask(() => this.api.taskState(taskId), { timeoutMs, signal: interrupt });
    } catch (error) {
      if (interrupt.aborted || !(error instanceof CommandFailedError)) throw error;
      this.terminal.say(['', `${words === RUN ? '✗ Error waiting for pipeline' : '✗ Error'}: ${error.message}`]);
      this.terminal.exitCode = 1;
      return null;
    }
  }

  private readonly status = async (taskId: string): Promise<void> => {
    const task = await this.api.taskState(taskId);
    this.terminal.show(task, () => {
      if (task.status === 'completed') return ['Status: ✓ Completed', `Result: ${JSON.stringify(task.result, null, JSON_INDENT)}`];
      if (task.status === 'failed') return ['Status: ✗ Failed', `Error: ${task.error ?? 'failed'}`];
      return ['Status: ⏳ Pending'];
    });
    if (task.status === 'failed') this.terminal.exitCode = 1;
  };

  private readonly health = async (): Promise<void> => {
    this.terminal.say(['Checking system health...']);
    try {
      const health = await this.api.workersHealth();
      const stats = health.result?.stats;
      const isHealthy = health.status === 'healthy' && stats !== undefined;
      this.terminal.show(health, () =>
        isHealthy
          ? [
              '✓ Workers: Healthy',
              `  Tasks processed: ${stats.tasks_processed}`,
              `  Success rate: ${(stats.success_rate * PERCENT).toFixed(DECIMALS)}%`,
            ]
          : ['✗ Workers: Unhealthy'],
      );
      if (!isHealthy) this.terminal.exitCode = 1;
    } catch (error) {
      if (!(error instanceof CommandFailedError)) throw error;
      this.terminal.note(`✗ Health check failed: ${error.message}`);
      this.terminal.exitCode = 1;
    }
  };

  private readonly workers = async (): Promise<void> => {
    const answer = await this.api.workers();
    if (answer.total === 0) this.terminal.exitCode = 1;
    this.terminal.show(answer, () => {
      if (answer.total === 0) return ['No workers found'];
      const lines = answer.workers.flatMap(({ name, active_tasks, stats }) => [
        `Worker: ${name}`,
        `  Active tasks: ${active_tasks}`,
        `  Pool: ${stats.concurrency} at once of each of ${stats.queues.join(', ')}`,
        '',
      ]);
      return [`Found ${answer.total} worker(s):`, '', ...lines];
    });
  };

  /** What the API refuses, or a file that cannot be used, is told as the old command told it. */
  private safely<Arguments extends unknown[]>(work: (...given: Arguments) => Promise<void>): (...given: Arguments) => Promise<void> {
    return async (...given) => {
      try {
        await work(...given);
      } catch (error) {
        if (this.terminal.streams.interrupt.aborted || !(error instanceof CommandFailedError)) throw error;
        this.terminal.note(`Error: ${error.message}`);
        this.terminal.exitCode = 1;
      }
    };
  }
}

/** A pipeline out of flags; what is missing is wrong usage. */
async function configOf(flags: RunFlags, command: Command): Promise<unknown> {
  const needed = { '--query': flags.query, '--table-name': flags.tableName };
  const missing = Object.entries(needed).flatMap(([name, value]) => (value ? [] : [name]));
  if (flags.transformType !== undefined && flags.transformConfig === undefined) missing.push('--transform-config');
  expectFlags([...missing, ...missingKeys(flags)], command, ' (or give --config)');
  const { transformType: type, transformConfig: config } = flags;
  const transformation = type === undefined ? NO_TRANSFORM : { type, config: await transformConfig(type, config, process.cwd()) };
  return { ingestion: ingestBody(flags), transformation, persistence: persistBody(flags) };
}

const missingKeys = ({ strategy, upsertKeys }: PersistFlags): string[] =>
  strategy === 'upsert' && (upsertKeys?.length ?? 0) === 0 ? ['--upsert-keys'] : [];

function expectFlags(missing: readonly string[], command: Command, hint = ''): void {
  if (missing.length > 0) command.error(`error: required option ${missing.join(', ')} not specified${hint}`);
}
