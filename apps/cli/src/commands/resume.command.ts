import { Command, CommandRunner, Option } from 'nest-commander';
import { ApiClient } from '../api/api-client';
import { parseTimeout, RunFollower, type FollowFlags } from '../runs/run-follower';

@Command({
  name: 'resume',
  arguments: '<runId>',
  description: 'Take a failed or cancelled run up again, at the first stage that is not done',
})
export class ResumeCommand extends CommandRunner {
  constructor(
    private readonly api: ApiClient,
    private readonly follower: RunFollower,
  ) {
    super();
  }

  async run([runId = '']: string[], flags: FollowFlags): Promise<void> {
    await this.follower.follow(await this.api.resume(runId), flags);
  }

  @Option({ flags: '--wait', description: 'stay until the run has ended; exit with 1 when it fails' })
  wait(): boolean {
    return true;
  }

  @Option({ flags: '--timeout <seconds>', description: 'how long to wait; 3600 by default' })
  timeout(text: string): number {
    return parseTimeout(text);
  }
}
