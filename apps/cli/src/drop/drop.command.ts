import { Command, CommandRunner, Option } from 'nest-commander';
import { z } from 'zod';
import { ApiClient } from '../api/api-client';
import { ApiError } from '../api/api.error';
import type { Drop, Run } from '../api/answers';
import { parseFlag } from '../parse-flag';
import { RunFollower } from '../runs/run-follower';
import { verdict, wentWrong } from '../runs/run-summary';
import { Terminal } from '../terminal';
import { ConfigFileFaultyError, ConfigFileMissingError, readConfigFile, type ConfigFile } from './config-file';
import { dropReport } from './drop-report';
import { tally } from './drop-tally';
import { codeOfError, codeOfRun, exitCode, USAGE } from './exit-codes';

const USAGE_TEXT = 'Usage: tributary drop config.json';
/** The API gives no more at once. */
const PAGE_SIZE = 1000;

/** What a run that had nothing to do says for itself. */
const noteSchema = z.object({ note: z.string() });

interface DropFlags {
  readonly dryRun?: boolean;
  readonly replay?: string;
  readonly report?: 'text' | 'json';
  readonly detailedExitCodes?: boolean;
}

@Command({
  name: 'drop',
  arguments: '[config...]',
  argsDescription: { config: 'configuration file of the drops' },
  description: 'Load the drops of a configuration file, and report on them',
})
export class DropCommand extends CommandRunner {
  constructor(
    private readonly api: ApiClient,
    private readonly follower: RunFollower,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  async run(paths: string[], flags: DropFlags): Promise<void> {
    this.terminal.exitCode = exitCode(flags.detailedExitCodes ?? false, await this.work(paths, flags));
  }

  @Option({ flags: '--dry-run', description: 'read and check everything, load nothing, write nothing' })
  dryRun(): boolean {
    return true;
  }

  @Option({ flags: '--replay <key>', description: 'load this one again, whatever became of it; the full key' })
  replay(text: string): string {
    return parseFlag(z.string().min(1), text);
  }

  @Option({ flags: '--report <format>', description: '`text`, the default, or `json` with everything that is known' })
  report(text: string): 'text' | 'json' {
    return parseFlag(z.enum(['text', 'json'], 'Expected text or json.'), text);
  }

  @Option({ flags: '--detailed-exit-codes', description: 'tell failures apart by exit codes 64 to 78 instead of 1' })
  detailedExitCodes(): boolean {
    return true;
  }

  /** The detailed exit code. */
  private async work([path, ...rest]: readonly string[], flags: DropFlags): Promise<number> {
    if (path === undefined || rest.length > 0) {
      this.terminal.streams.stdout.write(`${USAGE_TEXT}\n`);
      return USAGE;
    }
    try {
      const file = await readConfigFile(path);
      const run = await this.execute(file, flags);
      const drops = await this.dropsOf(run);
      this.show(path, file, run, drops, flags);
      return codeOfRun(run, drops);
    } catch (error) {
      if (!this.explain(error, path)) throw error;
      return codeOfError(error);
    }
  }

  private async execute({ name, definition }: ConfigFile, { dryRun = false, replay }: DropFlags): Promise<Run> {
    await this.api.putDefinition(name, definition);
    const parameters = replay === undefined ? {} : { replay };
    const { runId } = await this.api.startRun({ pipeline: name, parameters, full: false, dryRun });
    return this.follower.wait(runId, Infinity);
  }

  private async dropsOf({ runId }: Run): Promise<Drop[]> {
    const drops: Drop[] = [];
    for (;;) {
      const page = await this.api.drops({ run: runId, limit: String(PAGE_SIZE), offset: String(drops.length) });
      drops.push(...page);
      if (page.length < PAGE_SIZE) return drops;
    }
  }

  private show(configPath: string, { config }: ConfigFile, run: Run, drops: readonly Drop[], flags: DropFlags): void {
    const note = noteSchema.safeParse(run.report);
    if (note.success) this.terminal.note(note.data.note);
    for (const { key, reason } of drops) if (reason !== null) this.terminal.note(`${key}: ${reason}`);
    if (wentWrong(run)) this.terminal.note(verdict(run));
    if (run.dryRun) this.terminal.note('Nothing was written: this was a dry run.');
    const counts = tally(drops);
    this.terminal.json ||= flags.report === 'json';
    // Without any drop there is no report, only silence.
    if (this.terminal.json || drops.length > 0) {
      this.terminal.show({ config: configPath, ...counts, run, drops }, () => dropReport({ configPath, config, run, tally: counts }));
    }
  }

  /** False for what is not ours to explain. */
  private explain(error: unknown, path: string): boolean {
    if (error instanceof ConfigFileMissingError) this.terminal.streams.stdout.write(`Invalid file name ${path}\n`);
    else if (error instanceof ConfigFileFaultyError)
      this.terminal.note(...error.faults.map((fault) => (fault.path === '' ? fault.message : `${fault.path} ${fault.message}`)));
    else if (error instanceof ApiError) this.terminal.note(`✗ ${error.message}`);
    else return false;
    return true;
  }
}
