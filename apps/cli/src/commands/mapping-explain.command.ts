import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { loadTransformTools } from '../local/load-transform-tools';
import { DEFAULT_RECORD_ID_FIELD, parseFieldName, parsePath } from '../local/local-flags';
import type { ColumnExplanation } from '../local/transform-tools';
import { Terminal } from '../terminal';
import { fieldList } from '../text/text-table';

interface MappingExplainFlags {
  readonly mapping: string;
  readonly recordId?: string;
}

@SubCommand({
  name: 'explain',
  arguments: '<table.column>',
  argsDescription: { 'table.column': 'as the mapping writes them' },
  description: 'Show where a column comes from: expression, source fields and SQL',
})
export class MappingExplainCommand extends CommandRunner {
  constructor(private readonly terminal: Terminal) {
    super();
  }

  async run([target = '']: string[], { mapping, recordId }: MappingExplainFlags): Promise<void> {
    const request = { mappingPath: mapping, target, recordIdField: recordId ?? DEFAULT_RECORD_ID_FIELD };
    const explanation = await loadTransformTools().explainColumn(request);
    this.terminal.show(explanation, () => linesOf(explanation));
  }

  @Option({ flags: '--mapping <file>', description: 'mapping.json', required: true })
  mapping(text: string): string {
    return parsePath(text);
  }

  @Option({ flags: '--record-id <field>', description: `the record id field; ${DEFAULT_RECORD_ID_FIELD} by default` })
  recordId(text: string): string {
    return parseFieldName(text);
  }

  @Option({ flags: '--json', description: 'print the result as JSON, and nothing else' })
  json(): boolean {
    return true;
  }
}

const linesOf = (explanation: ColumnExplanation): string[] => {
  const { table, column, row, type, expression, fields, leftOut, recordColumns, steps } = explanation;
  return [
    ...fieldList([
      ['Column', `${table}.${column}`],
      ['Row', String(row)],
      ['Type', type],
      ['Expression', expression],
      ['Fields', fields.join(', ')],
      ...(leftOut === null ? [] : [['Left out', leftOut] as const]),
      ...(leftOut === null ? [['In the SQL', recordColumns.map(({ name, source }) => `${name} = ${source}`).join(', ')] as const] : []),
    ]),
    ...steps.flatMap(({ name, sql, note }) => ['', `${name}${note === null ? '' : ` (${note})`}:`, ...indented(sql)]),
  ];
};

const indented = (sql: string): string[] => sql.split('\n').map((line) => `  ${line.trim()}`);
