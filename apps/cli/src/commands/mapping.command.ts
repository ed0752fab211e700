import { Command, CommandRunner } from 'nest-commander';
import { showGroup } from '../local/command-group';
import { Terminal } from '../terminal';
import { MappingCheckCommand } from './mapping-check.command';
import { MappingExplainCommand } from './mapping-explain.command';

@Command({
  name: 'mapping',
  description: 'Check and explain a mapping',
  subCommands: [MappingCheckCommand, MappingExplainCommand],
})
export class MappingCommand extends CommandRunner {
  constructor(private readonly terminal: Terminal) {
    super();
  }

  async run([word]: string[]): Promise<void> {
    showGroup(this.command, this.terminal, word);
  }
}
