import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { loadTransformTools } from '../local/load-transform-tools';
import { DEFAULT_RECORD_ID_FIELD, parsePath } from '../local/local-flags';
import type { MappingInspection } from '../local/transform-tools';
import { Terminal } from '../terminal';
import { formatCount } from '../text/quantities';

interface MappingCheckFlags {
  readonly dictionary?: string;
}

@SubCommand({
  name: 'check',
  arguments: '<mapping.json>',
  argsDescription: { 'mapping.json': 'the mapping to check' },
  description: 'List everything that is wrong with a mapping; exit with 1 when anything is',
})
export class MappingCheckCommand extends CommandRunner {
  constructor(private readonly terminal: Terminal) {
    super();
  }

  async run([mappingPath = '']: string[], { dictionary }: MappingCheckFlags): Promise<void> {
    const inspection = await loadTransformTools().inspectMapping({
      mappingPath,
      dictionaryPath: dictionary ?? null,
      recordIdField: DEFAULT_RECORD_ID_FIELD,
      signal: this.terminal.streams.interrupt,
    });
    this.terminal.show(inspection, () => linesOf(inspection));
    if (inspection.faults.length > 0) this.terminal.exitCode = 1;
  }

  @Option({ flags: '--dictionary <file>', description: 'a data dictionary, to find mapped fields that it lacks' })
  dictionary(text: string): string {
    return parsePath(text);
  }

  @Option({ flags: '--json', description: 'print the result as JSON, and nothing else' })
  json(): boolean {
    return true;
  }
}

const linesOf = ({ rows, tables, faults, warnings }: MappingInspection): string[] => [
  ...faults,
  ...warnings.map((warning) => `warning: ${warning}`),
  ...(faults.length === 0 ? [`No faults (rows: ${formatCount(rows)}, tables: ${formatCount(tables)})`] : []),
];
