import { isKeyType, type CatalogTable } from '@app/persistence';
import {
  FIRST_DATA_ROW,
  SETTLE_EVERY_ROWS,
  TableValidation,
  type Report,
  type TableDescription,
  type ValidationSettings,
} from '@app/validation';
import type { UploadContent } from './content/upload-content';
import { copyLine } from './copy-text';
import { keyOf, type Upload, type UploadMode } from './upload';
import { UploadRefusedError } from './upload.errors';

/** Characters of rows that are handed on together. */
const PIECE_CHARACTERS = 64 * 1024;

/** Reads one upload once: checks its rows, and writes those of a valid one as COPY text. */
export class UploadCheck {
  /** Columns of the file, then the additional ones. */
  readonly columns: readonly string[];
  /** Columns that tell which rows are replaced; empty unless it is a column update. */
  readonly key: readonly string[];
  private readonly validation: TableValidation;
  private readonly hasColumns: boolean;
  private written = 0;

  constructor(
    private readonly table: TableDescription & Pick<CatalogTable, 'columns'>,
    { mode }: Pick<Upload, 'mode'>,
    private readonly content: UploadContent,
    settings: ValidationSettings,
  ) {
    this.columns = [...content.header, ...content.constants.keys()];
    this.key = keyOf(mode, this.columns);
    this.validation = new TableValidation(table, settings);
    this.hasColumns = this.validation.begin({ header: content.header, constants: content.constants, key: this.key });
    if (this.hasColumns && this.columns.length > 0) this.assertKey(mode);
  }

  /** Rows that `copyText` has written. */
  get rows(): number {
    return this.written;
  }

  /** What was found in the rows that were read so far. */
  get report(): Report {
    return this.validation.report();
  }

  /** Checks everything, as far as the columns allow, and says what was found. Either this or `copyText`, once. */
  async findings(): Promise<Report> {
    const rows = this.checkedRows();
    while (!(await rows.next()).done);
    return this.report;
  }

  /**
   * The valid rows, each of them written as the database takes it. Checks to the end, whatever it finds.
   * @throws {UploadRefusedError} at the end, with every error
   */
  async *copyText(): AsyncGenerator<Buffer> {
    const types = this.validation.typesOf(this.columns);
    let piece = '';
    for await (const row of this.checkedRows()) {
      if (this.validation.hasErrors) continue;
      this.written += 1;
      piece += copyLine(row, types);
      if (piece.length < PIECE_CHARACTERS) continue;
      yield Buffer.from(piece);
      piece = '';
    }
    const { report } = this;
    if (!report.isValid) throw new UploadRefusedError(messagesOf(report));
    if (piece !== '') yield Buffer.from(piece);
  }

  private async *checkedRows(): AsyncGenerator<readonly (string | null)[]> {
    if (!this.hasColumns) return;
    let number = FIRST_DATA_ROW;
    for await (const texts of this.content.rows) {
      const row = this.validation.row(texts, number);
      if (number % SETTLE_EVERY_ROWS === 0) await this.validation.settle();
      number += 1;
      if (row) yield row;
    }
    await this.validation.settle();
  }

  private assertKey(mode: UploadMode): void {
    if (mode.kind !== 'column') return;
    const problem = this.key.map((name) => this.keyProblem(name)).find((found) => found !== null);
    if (problem) throw new UploadRefusedError([problem]);
  }

  private keyProblem(name: string): string | null {
    const column = this.table.columns.find((candidate) => candidate.name === name);
    if (!column) return `Table ${this.table.name} has no column ${name}`;
    if (!this.columns.includes(name)) return `The upload has no column ${name}, by which its rows are to be replaced`;
    return isKeyType(column.type) ? null : `Rows cannot be replaced by column ${name}: it holds neither whole numbers nor text`;
  }
}

/** Every error that was kept, in order, and how many more there are. */
function messagesOf({ findings, errors }: Report): readonly string[] {
  const messages = findings.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  return errors > messages.length ? [...messages, `… and ${errors - messages.length} more`] : messages;
}
