import { Command, CommandRunner } from 'nest-commander';
import { showGroup } from '../local/command-group';
import { Terminal } from '../terminal';
import { RedcapAnonymizeCommand } from './redcap-anonymize.command';
import { RedcapFilterMetadataCommand } from './redcap-filter-metadata.command';

@Command({
  name: 'redcap',
  description: 'Make REDCap exports safe to share',
  subCommands: [RedcapAnonymizeCommand, RedcapFilterMetadataCommand],
})
export class RedcapCommand extends CommandRunner {
  constructor(private readonly terminal: Terminal) {
    super();
  }

  async run([word]: string[]): Promise<void> {
    showGroup(this.command, this.terminal, word);
  }
}
