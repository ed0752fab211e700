import { Command, CommandRunner } from 'nest-commander';
import { ApiClient } from '../api/api-client';
import { Terminal } from '../terminal';

@Command({ name: 'cancel', arguments: '<runId>', description: 'Stop a run; what it staged is kept, so it can be resumed' })
export class CancelCommand extends CommandRunner {
  constructor(
    private readonly api: ApiClient,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  async run([runId = '']: string[]): Promise<void> {
    const cancelled = await this.api.cancel(runId);
    this.terminal.show(cancelled, () => [
      `Run ${cancelled.runId} was asked to stop.`,
      `Use 'tributary status ${cancelled.runId}' to see when it has.`,
    ]);
  }
}
