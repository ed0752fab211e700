import { replaceFile } from '@app/platform';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { loadTransformTools } from '../local/load-transform-tools';
import { parsePath } from '../local/local-flags';
import { Terminal } from '../terminal';

interface SchemaGenerateFlags {
  readonly mapping: string;
  readonly output?: string;
}

@SubCommand({ name: 'generate', description: 'Print the SQL that creates the tables of a mapping' })
export class SchemaGenerateCommand extends CommandRunner {
  constructor(private readonly terminal: Terminal) {
    super();
  }

  async run(_arguments: string[], { mapping, output }: SchemaGenerateFlags): Promise<void> {
    const { generateSchema, loadMapping, renderCreateTables } = loadTransformTools();
    const { stdout, interrupt } = this.terminal.streams;
    const sql = renderCreateTables(generateSchema(await loadMapping(mapping)));
    if (output === undefined) stdout.write(sql);
    else await replaceFile(output, [sql], interrupt);
  }

  @Option({ flags: '--mapping <file>', description: 'mapping.json', required: true })
  mapping(text: string): string {
    return parsePath(text);
  }

  @Option({ flags: '--output <file>', description: 'write to a file instead of standard output' })
  output(text: string): string {
    return parsePath(text);
  }
}
