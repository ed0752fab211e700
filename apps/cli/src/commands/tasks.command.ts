import { Command, CommandRunner } from 'nest-commander';
import { ApiClient } from '../api/api-client';
import { taskFields, taskListText } from '../tasks/task-text';
import { Terminal } from '../terminal';

@Command({ name: 'tasks', arguments: '[id]', description: 'List the ids of tasks by state, or show one task' })
export class TasksCommand extends CommandRunner {
  constructor(
    private readonly api: ApiClient,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  async run([id]: string[]): Promise<void> {
    if (id === undefined) {
      const tasks = await this.api.tasks();
      this.terminal.show(tasks, () => taskListText(tasks));
    } else {
      const task = await this.api.task(id);
      this.terminal.show(task, () => taskFields(task));
    }
  }
}
