import type { Column, ColumnType, PartFormat, TableShape } from '@app/platform';

/** Name of the column that a materialized relation gains: the position of each row, counted from 0. */
export const ORDINAL = 'ordinal';

/** Rows that SQL derives from earlier relations. */
export interface SqlRelation {
  readonly kind: 'sql';
  readonly name: string;
  readonly sql: string;
  /** Computed once and kept in its own order, with the column `ordinal`; otherwise the text is evaluated at every use. */
  readonly materialized?: boolean;
  /** A cheaper text with the same rows in the same order, valid when the query `when` answers true. */
  readonly shortcut?: { readonly when: string; readonly sql: string };
}

/** A small table whose text cells are known when the plan is compiled. */
export interface ValuesRelation {
  readonly kind: 'values';
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** What SQL cannot say: computed here once per distinct value, then joined. Columns: `input`, then `columns`, all text. */
export interface LookupRelation {
  readonly kind: 'lookup';
  readonly name: string;
  /** Gives one text column without repetitions and nulls. */
  readonly sql: string;
  readonly columns: readonly string[];
  readonly resolve: (input: string) => readonly (string | null)[];
}

export interface FileColumn {
  /** Name inside the files, matched case-sensitively. A file that lacks it yields null. */
  readonly source: string;
  readonly name: string;
  readonly type: ColumnType;
}

/** Rows of local files in file order. Columns that are not asked for are not decoded. */
export interface FileRelation {
  readonly kind: 'files';
  readonly name: string;
  readonly files: readonly InputFile[];
  readonly columns: readonly FileColumn[];
  /** Of which parts they are, where a streamed output is made of them: all of a stream, of each of which the same is known. */
  readonly origin?: { readonly stream: string; readonly facts?: InputFile['facts'] };
}

/** A reviewed module of the deployment. */
export interface CodeModule {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Hex, of the file as it was when the plan was compiled. */
  readonly sha256: string;
}

export interface CodeLimits {
  /** Rows handed over at once. */
  readonly batchRows: number;
  /** Of the module's own heap. */
  readonly memoryMb: number;
  /** How long the module may work without asking for a batch or yielding one. */
  readonly timeoutMs: number;
}

/** Rows that a module makes of those of another relation, batch by batch, in a thread of its own. */
export interface CodeRelation {
  readonly kind: 'code';
  readonly name: string;
  readonly from: string;
  /** Names, for the module, and types of the first columns of `from`; further ones are left out. */
  readonly input: readonly Column[];
  /** What the module states; null finds columns and types by looking at every row. */
  readonly output: readonly Column[] | null;
  readonly module: CodeModule;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly limits: CodeLimits;
}

export type Relation = SqlRelation | ValuesRelation | LookupRelation | FileRelation | CodeRelation;

export interface InputFile {
  /** Absolute path on the local disk. */
  readonly path: string;
  readonly format: PartFormat;
  /** Column names in file order (for CSV: exactly the header). */
  readonly columns: readonly string[];
  /** What is known of a staged part beside its columns. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Of a staged part; a streamed output needs both. */
  readonly rows?: number;
  readonly sha256?: string;
}

/** One table to write. The relation's columns stand for the table's columns by position; further ones are ignored. */
export interface PlanOutput {
  readonly table: TableShape;
  readonly relation: string;
  /** The table has the columns that its code relation turns out to have, not those of `table`. */
  readonly found?: true;
  /**
   * Names the files relation that this output keeps row for row: no filter, aggregate, sort, join or generated value on the
   * way, through `sql` relations only. Such an output is not written: it is evaluated while it is copied into its target, and
   * its cells go there as the relation has them, for the target to read.
   */
  readonly streamed?: string;
}

/**
 * A question to the data asked after all outputs were written. The SQL answers one row: how many cases were found
 * (BIGINT), and up to a handful of record ids (VARCHAR[]). Findings of severity `error` fail the run.
 */
export interface PlanCheck {
  readonly severity: 'warning' | 'error';
  readonly rule: string;
  readonly table: string;
  readonly column: string;
  readonly sql: string;
  /** Says what was found; never shows a value other than the record ids. */
  readonly describe: (count: number, recordIds: readonly string[]) => string;
}

/** A finding about data that did not stop the run. */
export interface TransformIssue {
  readonly severity: 'warning';
  readonly rule: string;
  readonly table: string | null;
  readonly column: string | null;
  readonly count: number;
  /** Holds names, counts and record ids; never another value of a record. */
  readonly message: string;
}

/** Which source fields a target column is made from, and how. */
export interface LineageEdge {
  readonly table: string;
  readonly column: string;
  readonly sources: readonly string[];
  /** In the language of the transform. */
  readonly expression: string;
  /** What the engine evaluates. */
  readonly sql: string;
}

/** What a transform compiles to. Pure data: the same inputs give the same plan. */
/** What follows when a relation has been made whose columns nobody can say before. */
export interface PlanRest {
  readonly relation: string;
  /** Its relations, outputs, checks and reports; those of the plan before stand. */
  readonly plan: (columns: readonly Column[]) => Promise<Plan>;
}

export interface Plan {
  /** Each may name earlier ones only. */
  readonly relations: readonly Relation[];
  readonly outputs: readonly PlanOutput[];
  /** Tables as whoever wrote the transform describes them; an output of one of these names may fill a part of its columns. */
  readonly schema?: readonly TableShape[];
  readonly checks: readonly PlanCheck[];
  /** Findings already known at compile time. */
  readonly issues: readonly TransformIssue[];
  /** Counts the records that the outputs describe; an answer of 0 means that the extract is empty. */
  readonly populationSql?: string;
  readonly lineage: readonly LineageEdge[];
  readonly reports: Readonly<Record<string, unknown>>;
  readonly rest?: PlanRest;
}
