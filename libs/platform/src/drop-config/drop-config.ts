import type { DropLimits } from './drop-limits';

/** How the bytes of a member become cells. */
export interface MemberReading {
  /** Null: by the member's name (`.json`, `.ndjson`, `.jsonl`, `.parquet`), delimited text otherwise. */
  readonly format: MemberFormat | null;
  /** One character, or a regular expression. Null: a comma, in a `.tsv` file a tab. */
  readonly delim: string | null;
  /** One character of ASCII; null reads quotes as ordinary text. */
  readonly quote: string | null;
  /** As the decoder calls it; `utf8` is validated and not decoded. */
  readonly encoding: string;
  /** Every `"` is removed before anything else looks at the text. */
  readonly stripQuotes: boolean;
  /** False: the first line is data. */
  readonly hasHeader: boolean;
  /** Header names must be `columns`, in any letter case. */
  readonly checkHeader: boolean;
  /** A member with a header and no data row is loaded with no rows, or refused as empty. */
  readonly headerOnly: 'load' | 'reject';
  /** Cells with exactly one of these texts are missing. */
  readonly naValues: readonly string[];
  /** A member without any row, not even a header, is loaded with no rows. */
  readonly emptyOk: boolean;
  /** How lines of a web server's log become cells; null for every other text. */
  readonly accessLog: AccessLogReading | null;
}

/** How lines of a log are taken apart. The text that an expression makes of a line is split at `|`. */
export interface AccessLogReading {
  /** Replaced in each line before anything else, exactly; null for nothing. */
  readonly escape: { readonly pattern: string; readonly replace: string } | null;
  /** The first that matches rewrites the line; `\1` is what its first group matched. A line that none matches vanishes. */
  readonly expressions: readonly { readonly pattern: string; readonly replace: string }[];
  /** Groups that hold what the six last cells are made of. */
  readonly referrerGroup: number;
  readonly userAgentGroup: number;
  /** Address of the site itself, from which visitors come as well; null when it is not known. */
  readonly site: string | null;
}

export type MemberFormat = 'csv' | 'json' | 'ndjson' | 'parquet';

export interface TextReplacement {
  readonly field: string;
  readonly old: string;
  /** May hold `\1` for what a group of the pattern matched. */
  readonly new: string;
  readonly regex: boolean;
}

export type DerivedColumn =
  | { readonly column: string; readonly from: string; readonly split: string; /** Counts from 0. */ readonly index: number }
  | { readonly column: string; readonly value: string | null };

/** How cells become those of the table. Columns go by the configured names. */
export interface MemberShaping {
  /** A whole cell that means null in every column; null switches it off. */
  readonly nullMarker: string | null;
  /** What a missing cell is in a text column. */
  readonly blankText: 'empty' | 'null';
  readonly stringLimits: Readonly<Record<string, number>>;
  readonly dropColumns: readonly string[];
  readonly addColumns: Readonly<Record<string, string | null>>;
  readonly replacements: readonly TextReplacement[];
  readonly dates: readonly { readonly field: string; readonly format: string }[];
  readonly derive: readonly DerivedColumn[];
  /** Each goes by the configured names or, for old configurations, by those of the member's own header. */
  readonly integers: readonly string[];
  readonly floats: readonly string[];
  readonly booleans: readonly string[];
}

/** A file that a drop holds, and the table that it fills. */
export interface DropMember {
  /** Base name up to its first dot; empty for the one member of file mode, which has any name. */
  readonly name: string;
  /** Without its schema. */
  readonly table: string;
  /** Of the first columns of the file, by position. */
  readonly columns: readonly string[];
  /** A drop without it is refused. */
  readonly required: boolean;
  readonly reading: MemberReading;
  readonly shaping: MemberShaping;
}

/** Whether cells of a member are checked while they are loaded; what is wrong then has to be told by its line. */
export const hasCheckedCells = ({ shaping }: DropMember): boolean =>
  shaping.dates.length + shaping.integers.length + shaping.floats.length + shaping.booleans.length > 0;

/** A drop configuration file, complete: what it left out has its default. */
export interface DropConfig {
  /** `archive`: a drop holds several files, one for each table. `file`: it is one file for one table. */
  readonly mode: 'archive' | 'file';
  readonly bucket: string;
  readonly source: string;
  readonly destination: string;
  readonly directory: string;
  /** Regular expression, searched anywhere in a key but anchored at its end. */
  readonly doc: string;
  /** Of all tables. */
  readonly schema: string;
  /** A drop replaces what the tables hold, and only the newest counts; otherwise it is appended. */
  readonly truncate: boolean;
  /** Drops of one run at most, the oldest first; 0 sets no limit. */
  readonly fileLimit: number;
  /** Drops changed more recently are left for a later run. */
  readonly stableSeconds: number;
  readonly onBad: 'stop' | 'continue';
  /** All drops of a run are loaded in one transaction, or none of them. */
  readonly runAtomic: boolean;
  /** IANA name, for the times of the report. */
  readonly timezone: string;
  readonly target: { readonly kind: 'postgres' | 'redshift'; readonly connection?: string; readonly iamRole?: string };
  /** Of tables that Redshift makes anew; null leaves it. */
  readonly owner: string | null;
  readonly grants: readonly { readonly privilege: string; readonly to: string }[];
  /** SQL for the end of the load's transaction; null for none. */
  readonly postSql: string | null;
  /** A file with such SQL, as old configurations name it; null unless it is switched on. */
  readonly sqlFile: string | null;
  /** Files of an archive that the configuration does not know. */
  readonly unknownMembers: 'reject' | 'ignore';
  /** Patterns with `*`, of whole paths and of base names; such files are never looked at. */
  readonly ignoreMembers: readonly string[];
  /** Files in folders of the archive go by their base names, instead of being refused. */
  readonly flatten: boolean;
  readonly limits: DropLimits;
  /** In the order of the file. */
  readonly members: readonly DropMember[];
}
