import { AppError } from '@app/platform';
import { CommanderError } from 'commander';
import { CommandFactory, CommandRunnerService } from 'nest-commander';
import { CliModule } from './cli.module';
import { CommandFailedError } from './command-failed.error';
import type { Environment } from './program';
import { WaitInterruptedError } from './runs/run-follower';
import { Terminal, type Streams } from './terminal';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** 128 + SIGINT, as shells have it. */
const EXIT_INTERRUPTED = 130;

/**
 * Runs one command line, given without node and script.
 *
 * @returns the exit code: 0 success, 1 failure or no sub-command, 2 wrong usage, 130 interrupted. Never rejects.
 */
export async function runCli(argv: readonly string[], streams: Streams, env?: Environment): Promise<number> {
  const terminal = new Terminal(streams);
  const isBare = argv.length === 0;
  try {
    const app = await CommandFactory.createWithoutRunning(CliModule.register(terminal, env), {
      logger: false,
      abortOnError: false,
      serviceErrorHandler: (error) => {
        throw error;
      },
    });
    await app.get(CommandRunnerService).run(['node', 'tributary', ...(isBare ? ['--help'] : argv)]);
    return terminal.exitCode;
  } catch (error) {
    const exitCode = explain(error, terminal);
    return isBare ? EXIT_FAILED : exitCode;
  }
}

/** Tells the user why a command ended early. */
function explain(error: unknown, terminal: Terminal): number {
  if (terminal.streams.interrupt.aborted) {
    terminal.note('', 'Interrupted by user', ...(error instanceof WaitInterruptedError ? [error.message] : []));
    return EXIT_INTERRUPTED;
  }
  // Commander has already written the help, the version, or what is wrong with the usage.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  const isExpected = error instanceof CommandFailedError || error instanceof AppError;
  terminal.note(
    `✗ ${isExpected ? error.message : `Something unexpected happened.\n${error instanceof Error ? error.stack : String(error)}`}`,
  );
  return EXIT_FAILED;
}
