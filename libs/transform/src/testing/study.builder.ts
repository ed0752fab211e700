import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDbEngine, type TransformResult } from '../engines/duckdb/duckdb-engine';
import { parquetSource } from '../engines/duckdb/row-source';
import { type MappingTransformConfig, mappingTransform, mappingTransformConfigSchema } from '../mapping/mapping.transform';
import type { StreamInput } from '../transform';

type Row = Readonly<Record<string, string | null>>;

const OTHER_KEYS = [
  'Randomization_feature',
  'Dropdown Options',
  'Lookup Needed',
  'Lookup Information',
  'Algorithm',
  'Key',
  'Foreign',
  'FK_tablename',
  'Cardinality (Table_CTMD--FK_tablename)',
  'Table_phase1',
  'NOT NULL',
  'Default Value',
  'Field Status',
  'Instrument',
  'Description',
  'Comments',
];

/** A complete row of `mapping.json`; the test spoils one thing. */
export function mappingObject(table: string, column: string, expression: string, type = 'text', extra: object = {}): object {
  return {
    ...Object.fromEntries(OTHER_KEYS.map((key) => [key, ''])),
    ...{ Table_CTMD: table, Fieldname_CTMD: column, Fieldname_redcap: expression, 'Data Type': type, Primary: '', InitializeField: 'yes' },
    ...extra,
  };
}

export const PRIMARY = { Primary: 'yes' };

export interface Study {
  readonly mapping: readonly object[];
  /** Each list is one part. */
  readonly parts: readonly (readonly Row[])[];
  readonly dictionary?: readonly Row[];
  /** Folder to file name to content. */
  readonly auxiliary?: Readonly<Record<string, string>>;
  readonly filter?: Readonly<Record<string, string>>;
  readonly block?: Readonly<Record<string, string>>;
  readonly config?: Partial<MappingTransformConfig>;
}

export interface StudyRun extends TransformResult {
  /** The rows of a table as `COPY` text, one line a row; undefined when the table was not made. */
  lines(table: string): string[] | undefined;
  columns(table: string): string[] | undefined;
}

/** Runs studies whose record id is `rid`, in a folder of their own. */
export class StudyBench {
  private constructor(readonly folder: string) {}

  static async create(): Promise<StudyBench> {
    return new StudyBench(await mkdtemp(join(tmpdir(), 'tributary-transform-')));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  get engine(): DuckDbEngine {
    return new DuckDbEngine({ memoryLimitBytes: 256 * 1024 ** 2, threads: 2, spillRoot: join(this.folder, 'spill'), timeoutMs: 60_000 });
  }

  async run(study: Study): Promise<StudyRun> {
    const workDir = await mkdtemp(join(this.folder, 'run-'));
    const signal = new AbortController().signal;
    const mappingPath = await this.write(workDir, 'mapping.json', JSON.stringify(study.mapping));
    const folders = {
      auxiliaryPath: await this.sideFolder(workDir, 'auxiliary', study.auxiliary),
      filterPath: await this.sideFolder(workDir, 'filter', study.filter),
      blockPath: await this.sideFolder(workDir, 'block', study.block),
    };
    const config = mappingTransformConfigSchema.parse({ mappingPath, recordIdField: 'rid', ...folders, ...study.config });
    const streams = new Map([
      ['record', await this.stream(workDir, 'record', study.parts)],
      ['metadata', await this.stream(workDir, 'metadata', [study.dictionary ?? [{ field_name: 'rid' }]])],
    ]);
    const plan = await mappingTransform.compile(config, { streams, workDir, signal, table: null });
    const { engine } = this;
    const result = await engine.run(plan, { workDir }, join(workDir, 'out'), { signal, progress: () => undefined });
    const texts = new Map<string, string>();
    for (const { table, path } of result.tables) {
      const { bytes, done } = engine.copyRows(parquetSource(path), table.columns, signal);
      let text = '';
      for await (const chunk of bytes) text += String(chunk);
      await done;
      texts.set(table.name, text);
    }
    return {
      ...result,
      lines: (table) => texts.get(table)?.split('\n').slice(0, -1),
      columns: (table) => result.tables.find((written) => written.table.name === table)?.table.columns.map(({ name }) => name),
    };
  }

  private async stream(workDir: string, stream: string, parts: readonly (readonly Row[])[]): Promise<StreamInput> {
    const files = await Promise.all(
      parts.map(async (rows, index) => ({
        path: await this.write(workDir, `${stream}-${index}.ndjson`, rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
        format: 'ndjson' as const,
        columns: [...new Set(rows.flatMap((row) => Object.keys(row)))],
        rows: rows.length,
      })),
    );
    return { stream, files, columns: [...new Set(files.flatMap(({ columns }) => columns))], types: new Map() };
  }

  private async sideFolder(
    workDir: string,
    name: string,
    files: Readonly<Record<string, string>> | undefined,
  ): Promise<string | undefined> {
    if (!files) return undefined;
    await mkdir(join(workDir, name));
    for (const [file, content] of Object.entries(files)) await this.write(join(workDir, name), file, content);
    return join(workDir, name);
  }

  private async write(folder: string, name: string, content: string): Promise<string> {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  }
}
