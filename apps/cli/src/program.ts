import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Secret, VERSION } from '@app/platform';
import { Command } from 'commander';
import { InjectCommander } from 'nest-commander';
import { ApiClient } from './api/api-client';
import { apiUrl, cliConfig } from './cli.config';
import { isGroup } from './local/command-group';
import { parseFlag } from './parse-flag';
import { PipelineGroup } from './pipeline/pipeline-group';
import { Terminal } from './terminal';

export const ENVIRONMENT = Symbol('ENVIRONMENT');
/** Variables of the process, unless a test brings its own. */
export type Environment = Readonly<Record<string, string | undefined>> | undefined;

interface CommonFlags {
  readonly apiUrl?: string;
  readonly apiKey?: Secret;
  readonly json?: boolean;
}

/** What all commands have in common: flags, where usage errors go, and the settings they are run with. */
@Injectable()
export class Program implements OnApplicationBootstrap {
  constructor(
    @InjectCommander() private readonly program: Command,
    private readonly terminal: Terminal,
    private readonly api: ApiClient,
    private readonly pipeline: PipelineGroup,
    @Inject(ENVIRONMENT) private readonly env: Environment,
  ) {}

  /** The commands have been added to the program by now. */
  onApplicationBootstrap(): void {
    const localGroups = this.program.commands.filter(isGroup);
    const single = this.program.commands.filter((command) => !isGroup(command));
    const pipeline = this.pipeline.addTo(this.program);
    const groups = [...localGroups, pipeline];
    const remote = [...single, ...pipeline.commands];
    const local = localGroups.flatMap((group) => group.commands);
    this.program
      .name('tributary')
      .description('Clinical data pipelines: starts runs, follows them, and shows what they did.')
      .version(VERSION)
      .addHelpCommand(true)
      .hook('preAction', (_program, command) => this.prepare(command.opts<CommonFlags>(), remote.includes(command)));
    for (const command of [this.program, ...remote, ...local]) this.speak(command).allowExcessArguments(false);
    // A group shows its own commands when it does not know a word.
    for (const group of groups) this.speak(group).allowExcessArguments(true);
    for (const command of remote) {
      command
        .option('--api-url <url>', 'address of the API; TRIBUTARY_API_URL by default', (text) => parseFlag(apiUrl(), text))
        .option('--api-key <key>', 'better in TRIBUTARY_API_KEY, since others can see a command line', (text) => new Secret(text))
        .option('--json', 'print the answer of the API as JSON, and nothing else');
    }
  }

  /** Sends usage, help and version to our streams, and leaves it to us to exit. */
  private speak(command: Command): Command {
    const { stdout, stderr } = this.terminal.streams;
    return command
      .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
      .showHelpAfterError()
      .exitOverride();
  }

  private prepare(flags: CommonFlags, asksApi: boolean): void {
    this.terminal.json = flags.json ?? false;
    if (!asksApi) return;
    const config = cliConfig.read(this.env);
    this.api.connect({ url: flags.apiUrl ?? config.apiUrl, key: flags.apiKey ?? config.apiKey });
  }
}
