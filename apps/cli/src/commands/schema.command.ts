import { Command, CommandRunner } from 'nest-commander';
import { showGroup } from '../local/command-group';
import { Terminal } from '../terminal';
import { SchemaGenerateCommand } from './schema-generate.command';

@Command({
  name: 'schema',
  description: 'Show the tables that a mapping fills',
  subCommands: [SchemaGenerateCommand],
})
export class SchemaCommand extends CommandRunner {
  constructor(private readonly terminal: Terminal) {
    super();
  }

  async run([word]: string[]): Promise<void> {
    showGroup(this.command, this.terminal, word);
  }
}
