import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { loadTransformTools } from '../local/load-transform-tools';
import { DEFAULT_RECORD_ID_FIELD, parseFieldName, parsePath } from '../local/local-flags';
import { Terminal } from '../terminal';
import { formatCount } from '../text/quantities';
import { fieldList } from '../text/text-table';

interface AnonymizeFlags {
  readonly mapping: string;
  readonly input: string;
  readonly output: string;
  readonly keepEmpty?: boolean;
  readonly recordId?: string;
}

@SubCommand({
  name: 'anonymize',
  description: 'De-identify exported records: placeholders for what the mapping names, nothing of the rest',
})
export class RedcapAnonymizeCommand extends CommandRunner {
  constructor(private readonly terminal: Terminal) {
    super();
  }

  async run(_arguments: string[], flags: AnonymizeFlags): Promise<void> {
    const recordIdField = flags.recordId ?? DEFAULT_RECORD_ID_FIELD;
    const summary = await loadTransformTools().anonymizeRecords({
      mappingPath: flags.mapping,
      inputPath: flags.input,
      outputPath: flags.output,
      recordIdField,
      keepEmpty: flags.keepEmpty ?? false,
      signal: this.terminal.streams.interrupt,
    });
    const { rows, records, rowsWithoutId, droppedFields } = summary;
    this.terminal.say(
      fieldList([
        ['Rows', formatCount(rows)],
        ['Records', formatCount(records)],
        ['Fields left out', `${formatCount(droppedFields.length)} (not in the mapping)`],
      ]),
    );
    if (rowsWithoutId > 0) {
      this.terminal.note(
        `Rows without the field ${recordIdField}: ${formatCount(rowsWithoutId)}; name the record id field with --record-id.`,
      );
    }
  }

  @Option({ flags: '--mapping <file>', description: 'mapping.json, or its rows as .csv', required: true })
  mapping(text: string): string {
    return parsePath(text);
  }

  @Option({ flags: '--input <file>', description: 'the exported records, a JSON array', required: true })
  input(text: string): string {
    return parsePath(text);
  }

  @Option({ flags: '--output <file>', description: 'where to write the de-identified records', required: true })
  output(text: string): string {
    return parsePath(text);
  }

  @Option({ flags: '--keep-empty', description: 'leave empty values empty' })
  keepEmpty(): boolean {
    return true;
  }

  @Option({ flags: '--record-id <field>', description: `the record id field; ${DEFAULT_RECORD_ID_FIELD} by default` })
  recordId(text: string): string {
    return parseFieldName(text);
  }
}
