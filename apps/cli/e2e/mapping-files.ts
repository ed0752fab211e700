import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tributary, type Outcome } from './tributary';

const TEXT_KEYS = [
  ...['Randomization_feature', 'Dropdown Options', 'Lookup Needed', 'Lookup Information', 'Algorithm', 'Key', 'Primary', 'Foreign'],
  ...['FK_tablename', 'Cardinality (Table_CTMD--FK_tablename)', 'Table_phase1', 'NOT NULL', 'Default Value', 'Field Status'],
  ...['Instrument', 'Description', 'Comments'],
];

/** A complete row of a `mapping.json`; the test spoils one thing. */
export function aRow(target: `${string}.${string}`, expression: string, type = 'text', extra: object = {}): object {
  const [table, column] = target.split('.');
  return {
    ...Object.fromEntries(TEXT_KEYS.map((key) => [key, ''])),
    ...{ Table_CTMD: table, Fieldname_CTMD: column, Fieldname_redcap: expression, 'Data Type': type, InitializeField: 'yes' },
    ...extra,
  };
}

/** A folder for the files of local commands, which run in vain reach of any API. */
export class MappingFiles {
  private constructor(readonly folder: string) {}

  static async create(): Promise<MappingFiles> {
    return new MappingFiles(await mkdtemp(join(tmpdir(), 'tributary-cli-')));
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Texts are written as they are, everything else as JSON. */
  async write(name: string, content: unknown): Promise<string> {
    await writeFile(this.path(name), typeof content === 'string' ? content : JSON.stringify(content));
    return this.path(name);
  }

  read(name: string): Promise<string> {
    return readFile(this.path(name), 'utf8');
  }

  /** Runs a command line in which `@name` stands for a file of the folder. The address of the API is no address. */
  run(line: string, interrupt?: AbortSignal): Promise<Outcome> {
    return tributary({ url: 'no address' }, line.replaceAll('@', `${this.folder}/`), interrupt && { interrupt });
  }
}
