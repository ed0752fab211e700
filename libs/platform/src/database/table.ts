/** Logical column types; each engine and target has one rendering of each. `integer` is 64 bit, `decimal` exact. */
export const COLUMN_TYPES = [
  'string',
  'integer',
  'float',
  'decimal',
  'boolean',
  'date',
  'timestamp',
  'timestamptz',
  'json',
  'uuid',
  'bytes',
] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A table as a pipeline sees it: names are used verbatim and always quoted in SQL. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly Column[];
  /** The rows come from text files, where an empty text in a column that is no text means that there is nothing. */
  readonly blankIsNull?: true;
  /** Where there is nothing, a text column of the target gets the empty text. */
  readonly nullIsBlank?: true;
}
