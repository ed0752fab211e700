import { Command, CommandRunner } from 'nest-commander';
import { ApiClient } from '../api/api-client';
import type { Definition } from '../api/answers';
import { Terminal } from '../terminal';
import { formatInstant } from '../text/quantities';
import { fieldList, textTable, type TextColumn } from '../text/text-table';

const JSON_INDENT = 2;

const COLUMNS: readonly TextColumn<Definition>[] = [
  { heading: 'Name', value: ({ name }) => name },
  { heading: 'Version', value: ({ version }) => String(version), align: 'right' },
  { heading: 'Source', value: ({ definition }) => definition.source.kind },
  { heading: 'Description', value: ({ description }) => description ?? '' },
];

@Command({
  name: 'definitions',
  arguments: '[name]',
  argsDescription: { name: 'of the one to show in full' },
  description: 'List the pipelines, or show one',
})
export class DefinitionsCommand extends CommandRunner {
  constructor(
    private readonly api: ApiClient,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  async run([name]: string[]): Promise<void> {
    if (name === undefined) {
      const definitions = await this.api.definitions();
      this.terminal.show(definitions, () => (definitions.length === 0 ? ['No pipelines found'] : textTable(COLUMNS, definitions)));
    } else {
      const definition = await this.api.definition(name);
      this.terminal.show(definition, () => document(definition));
    }
  }
}

const document = ({ name, version, createdBy, createdAt, definition }: Definition): string[] => [
  ...fieldList([
    ['Name', name],
    ['Version', String(version)],
    ['Stored', `${formatInstant(createdAt)} by ${createdBy}`],
  ]),
  '',
  JSON.stringify(definition, null, JSON_INDENT),
];
