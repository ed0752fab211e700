import { Command, CommandRunner } from 'nest-commander';
import { ApiClient } from '../api/api-client';
import { Terminal } from '../terminal';

const HEALTHY = 'healthy';

@Command({ name: 'health', description: 'Ask whether the platform can work; exit with 1 when it cannot' })
export class HealthCommand extends CommandRunner {
  constructor(
    private readonly api: ApiClient,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  async run(): Promise<void> {
    const health = await this.api.health();
    this.terminal.show(health, () =>
      Object.entries(health.services).map(([service, state]) => `${state === HEALTHY ? '✓' : '✗'} ${service}: ${state}`),
    );
    if (health.status !== HEALTHY) this.terminal.exitCode = 1;
  }
}
