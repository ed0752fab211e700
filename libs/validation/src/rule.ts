import type { z } from 'zod';
import type { Severity } from './finding';

/** A row's values in column order as the database will take them: dates in ISO form, null for what is no value. */
export type Row = readonly (string | null)[];

/** Values of other tables, as the caller can look them up. */
export interface References {
  /** Those of the values that no row of the table has in this column. Values are compared as texts. */
  findMissing(table: string, column: string, values: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Those of the keys that a row of the table has in these columns already, where rows that must not repeat them come later. A
   * key is the JSON text of its values' array.
   */
  findPresent?(table: string, columns: readonly string[], keys: readonly string[]): Promise<ReadonlySet<string>>;
}

/** The rows that a rule is compiled for. */
export interface RuleContext {
  readonly table: string;
  readonly references: References;
  /** Position of a column that the rule named; all of them are there. */
  indexOf(column: string): number;
}

/** What is looked at, cell by cell or row by row. State kept in a check lives as long as one upload. */
export type Check =
  /** Every cell with a value of its type. */
  | { readonly kind: 'value'; readonly column: number; readonly accepts: (value: string) => boolean }
  /** Every cell without any text is a finding. */
  | { readonly kind: 'blank'; readonly column: number }
  /** Every cell that would be stored as null is a finding. */
  | { readonly kind: 'null'; readonly column: number }
  /** Every row, in order; `column` is the one to name. `texts` are the cells as they were sent. */
  | { readonly kind: 'row'; readonly column: number; readonly accepts: (row: Row, texts: readonly string[]) => boolean }
  /** Values of many rows at once, those of the column unless said otherwise, for what must be asked elsewhere. */
  | {
      readonly kind: 'lookup';
      readonly column: number;
      readonly read?: (row: Row) => string | null;
      readonly findRefused: (values: readonly string[]) => Promise<ReadonlySet<string>>;
    };

/** A rule with its settings, ready for any upload of a table. */
export interface DeclaredRule {
  readonly id: string;
  readonly severity: Severity;
  /** Where `{place}` stands, the cell or the additional column is named. */
  readonly message: string;
  /** An upload without one of these is not looked at. */
  readonly columns: readonly string[];
  /** Its first finding is the whole answer. */
  readonly endsValidation?: boolean;
  compile(context: RuleContext): readonly Check[];
}

export interface RuleDefinition<Config> {
  /** What a rule file calls it, and the id of its findings unless the file gives another. */
  readonly name: string;
  readonly config: z.ZodType<Config>;
  /** Columns of the table that it reads. */
  columns(config: Config): readonly string[];
  /** Where `{place}` stands, the cell is named. Never put a value in. */
  message(config: Config): string;
  /** Called once per upload, so that checks are as quick as they can be. */
  compile(config: Config, context: RuleContext): readonly Check[];
}

/** What is wrong with settings, by path. */
export interface RuleFault {
  readonly path: string;
  readonly message: string;
}

/** A rule as it is registered by name. */
export interface Rule {
  readonly name: string;
  /** Checks the settings and joins them to the rule. Lists every fault. */
  declare(
    settings: unknown,
  ): { readonly rule: Pick<DeclaredRule, 'columns' | 'message' | 'compile'> } | { readonly faults: readonly RuleFault[] };
}

/** Defines a rule. It takes part as soon as it is in the list that the rule file is read with. */
export function defineRule<Config>(definition: RuleDefinition<Config>): Rule {
  return {
    name: definition.name,
    declare: (settings) => {
      const parsed = definition.config.safeParse(settings);
      if (!parsed.success) return { faults: parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })) };
      const config = parsed.data;
      return {
        rule: {
          columns: definition.columns(config),
          message: definition.message(config),
          compile: (context) => definition.compile(config, context),
        },
      };
    },
  };
}
