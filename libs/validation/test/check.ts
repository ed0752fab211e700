import { RULES, parseRuleBook, TableValidation, type References, type Report, type TableDescription, type ValueOptions } from '../src';

export interface CheckOptions {
  readonly rules?: readonly object[];
  readonly constants?: Readonly<Record<string, string>>;
  readonly key?: readonly string[];
  /** Values that the referenced column does not have. */
  readonly missing?: readonly string[];
  readonly values?: ValueOptions;
  readonly findingLimit?: number;
}

/** A table whose columns are given as `name: SQL type`; every column may be null. */
export const table = (name: string, columns: Readonly<Record<string, string>>): TableDescription => ({
  name,
  columns: Object.entries(columns).map(([column, type]) => ({ name: column, type, isNullable: true })),
});

/** Checks a header and rows as an upload does. */
export async function check(
  description: TableDescription,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  options: CheckOptions = {},
): Promise<Report> {
  const references: References = {
    findMissing: async (_table, _column, values) => new Set(values.filter((value) => options.missing?.includes(value))),
  };
  const book = parseRuleBook({ tables: { [description.name]: { rules: options.rules ?? [] } } }, RULES);
  const { values, findingLimit } = options;
  const validation = new TableValidation(description, { rules: book.get(description.name) ?? [], references, values, findingLimit });
  if (validation.begin({ header, constants: new Map(Object.entries(options.constants ?? {})), key: options.key ?? [] })) {
    rows.forEach((row, index) => validation.row(row, index + 3));
    await validation.settle();
  }
  return validation.report();
}

export const messages = async (...args: Parameters<typeof check>): Promise<readonly string[]> =>
  (await check(...args)).findings.map(({ message }) => message);
