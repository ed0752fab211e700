import { Command, CommandRunner, Option } from 'nest-commander';
import { z } from 'zod';
import { ApiClient } from '../api/api-client';
import { parseFlag } from '../parse-flag';
import { parseTimeout, RunFollower, type FollowFlags } from '../runs/run-follower';

/** What an HTTP header can carry. */
const idempotencyKeySchema = z.string().regex(/^[\x21-\x7e]{1,255}$/, 'Expected 1 to 255 visible ASCII characters.');

interface RunFlags extends FollowFlags {
  readonly full?: boolean;
  readonly dryRun?: boolean;
  readonly allowShrink?: boolean;
  readonly idempotencyKey?: string;
}

@Command({
  name: 'run',
  arguments: '<pipeline>',
  argsDescription: { pipeline: 'its name, as `tributary definitions` lists it' },
  description: 'Start a run of a pipeline',
})
export class RunCommand extends CommandRunner {
  constructor(
    private readonly api: ApiClient,
    private readonly follower: RunFollower,
  ) {
    super();
  }

  async run([pipeline = '']: string[], flags: RunFlags): Promise<void> {
    const request = {
      pipeline,
      parameters: flags.allowShrink ? { allowShrink: true } : {},
      full: flags.full ?? false,
      dryRun: flags.dryRun ?? false,
    };
    await this.follower.follow(await this.api.startRun(request, flags.idempotencyKey), flags);
  }

  @Option({ flags: '--full', description: 'extract everything again, not only what changed' })
  full(): boolean {
    return true;
  }

  @Option({ flags: '--dry-run', description: 'do everything but write, and show what would be written' })
  dryRun(): boolean {
    return true;
  }

  @Option({ flags: '--allow-shrink', description: 'let this run remove more rows than the shrink brake allows' })
  allowShrink(): boolean {
    return true;
  }

  @Option({ flags: '--idempotency-key <key>', description: 'start once: the same key answers the first run' })
  idempotencyKey(text: string): string {
    return parseFlag(idempotencyKeySchema, text);
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
