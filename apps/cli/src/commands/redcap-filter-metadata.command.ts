import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { loadTransformTools } from '../local/load-transform-tools';
import { parsePath } from '../local/local-flags';
import { Terminal } from '../terminal';
import { formatCount } from '../text/quantities';

interface FilterMetadataFlags {
  readonly mapping: string;
  readonly input: string;
  readonly output: string;
}

@SubCommand({
  name: 'filter-metadata',
  description: 'Reduce a data dictionary to the mapped fields, with neutral labels',
})
export class RedcapFilterMetadataCommand extends CommandRunner {
  constructor(private readonly terminal: Terminal) {
    super();
  }

  async run(_arguments: string[], { mapping, input, output }: FilterMetadataFlags): Promise<void> {
    const request = { mappingPath: mapping, inputPath: input, outputPath: output, signal: this.terminal.streams.interrupt };
    const { read, written } = await loadTransformTools().filterMetadata(request);
    this.terminal.say([`Read ${formatCount(read)} entries and wrote ${formatCount(written)}.`]);
  }

  @Option({ flags: '--mapping <file>', description: 'mapping.json, or its rows as .csv', required: true })
  mapping(text: string): string {
    return parsePath(text);
  }

  @Option({ flags: '--input <file>', description: 'the data dictionary, a JSON array', required: true })
  input(text: string): string {
    return parsePath(text);
  }

  @Option({ flags: '--output <file>', description: 'where to write the reduced dictionary', required: true })
  output(text: string): string {
    return parsePath(text);
  }
}
