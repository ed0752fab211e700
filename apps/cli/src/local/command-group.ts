import type { Command } from 'commander';
import type { Terminal } from '../terminal';

const EXIT_WITHOUT_COMMAND = 1;

/** What a group does when none of its commands was named: it shows them. Another word is wrong usage. */
export function showGroup(group: Command, terminal: Terminal, word: string | undefined): void {
  if (word !== undefined) group.error(`error: unknown command '${word}'`);
  group.outputHelp();
  terminal.exitCode = EXIT_WITHOUT_COMMAND;
}

/** Commands of a group are tools that work on files and ask no API. */
export const isGroup = (command: Command): boolean => command.commands.length > 0;
