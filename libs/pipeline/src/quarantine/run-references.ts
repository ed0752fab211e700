import type { StagedTable } from '@app/platform';
import { UNIQUE_KEY_LIMIT, type References } from '@app/validation';
import { AppError } from '@app/platform';
import type { TableReferences } from '../uploads/table-references';
import { recordsOf, valuesOf } from './copy-records';

class TooManyReferencesError extends AppError {
  readonly code = 'validation-failed';
  constructor(table: string, column: string) {
    super(
      `More than ${UNIQUE_KEY_LIMIT} different values of ${table}.${column} cannot be looked up; check that reference in the database.`,
    );
  }
}

/** What rules of a run refer to: its own tables as they are going to be, and those that are in the target. */
export class RunReferences implements References {
  private readonly staged = new Map<string, StagedTable>();
  private readonly values = new Map<string, Promise<ReadonlySet<string>>>();

  constructor(
    tables: readonly StagedTable[],
    private readonly target: TableReferences,
    /** Whether a table will hold the run's rows alone. */
    private readonly isRenewed: (table: string) => boolean,
    private readonly signal: AbortSignal,
  ) {
    for (const table of tables) this.staged.set(table.table.name, table);
  }

  /** From now on only the rows that were not refused count. */
  checked(table: StagedTable): void {
    this.staged.set(table.table.name, table);
    for (const key of this.values.keys()) if (key.startsWith(`${JSON.stringify(table.table.name)}.`)) this.values.delete(key);
  }

  async findMissing(table: string, column: string, values: readonly string[]): Promise<ReadonlySet<string>> {
    const staged = this.staged.get(table);
    if (!staged || !staged.table.columns.some(({ name }) => name === column)) return this.target.findMissing(table, column, values);
    const present = await this.valuesOf(staged, column);
    const missing = values.filter((value) => !present.has(value));
    if (missing.length === 0 || this.isRenewed(table)) return new Set(missing);
    return (await this.target.has(table, column)) ? this.target.findMissing(table, column, missing) : new Set(missing);
  }

  private valuesOf(staged: StagedTable, column: string): Promise<ReadonlySet<string>> {
    const key = `${JSON.stringify(staged.table.name)}.${JSON.stringify(column)}`;
    const known = this.values.get(key) ?? this.read(staged, column);
    this.values.set(key, known);
    return known;
  }

  private async read(staged: StagedTable, column: string): Promise<ReadonlySet<string>> {
    const index = staged.table.columns.findIndex(({ name }) => name === column);
    const values = new Set<string>();
    const { bytes, done } = staged.open(this.signal);
    done.catch(() => undefined); // awaited below; until then the bytes tell of a failure
    for await (const records of recordsOf(bytes)) {
      for (const record of records) {
        const value = valuesOf(record)[index] ?? null;
        if (value !== null) values.add(value);
      }
      if (values.size > UNIQUE_KEY_LIMIT) throw new TooManyReferencesError(staged.table.name, column);
    }
    await done;
    return values;
  }
}
