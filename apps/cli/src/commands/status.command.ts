import { Command, CommandRunner } from 'nest-commander';
import { ApiClient } from '../api/api-client';
import { ApiError } from '../api/api.error';
import type { Run, Task } from '../api/answers';
import { CommandFailedError } from '../command-failed.error';
import { runDetails, runHeader, verdict, wentWrong } from '../runs/run-summary';
import { taskFields, taskWentWrong } from '../tasks/task-text';
import { Terminal } from '../terminal';

@Command({
  name: 'status',
  arguments: '<id>',
  argsDescription: { id: 'of a run or of a task' },
  description: 'Show a run: its stages, what it wrote, and why it failed',
})
export class StatusCommand extends CommandRunner {
  constructor(
    private readonly api: ApiClient,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  async run([id = '']: string[]): Promise<void> {
    const run = await orNull(this.api.run(id));
    if (run) {
      this.showRun(run);
      return;
    }
    const task = await orNull(this.api.task(id));
    if (!task) throw new CommandFailedError(`No run and no task has the id ${id}; 'tributary runs' lists the runs.`);
    this.showTask(task);
  }

  private showRun(run: Run): void {
    const failed = wentWrong(run);
    this.terminal.show(run, () => [...runHeader(run), ...runDetails(run), ...(failed ? ['', verdict(run)] : [])]);
    if (failed) this.terminal.exitCode = 1;
  }

  private showTask(task: Task): void {
    this.terminal.show(task, () => taskFields(task));
    if (taskWentWrong(task)) this.terminal.exitCode = 1;
  }
}

const orNull = async <T>(answer: Promise<T>): Promise<T | null> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.isNotFound) return null;
    throw error;
  }
};
