import { z } from 'zod';
import { SEVERITIES } from '../finding';
import type { DeclaredRule, Rule, RuleFault } from '../rule';
import { limitsOf, type DictionaryField } from './dictionary';
import { RuleFileInvalidError } from './rule-book.errors';

/** Each table's own rules, in the order of the file. */
export type RuleBook = ReadonlyMap<string, readonly DeclaredRule[]>;

const entrySchema = z.looseObject({
  rule: z.string(),
  id: z.string().min(1).optional(),
  severity: z.enum(SEVERITIES).default('error'),
  message: z.string().min(1).optional(),
});

export const ruleFileSchema = z.strictObject({
  /** A REDCap data dictionary in JSON, beside this file. */
  dictionary: z.string().optional(),
  tables: z.record(
    z.string(),
    z.strictObject({
      /** By column, the field whose limits hold for it. */
      fromDictionary: z.record(z.string(), z.string()).default({}),
      rules: z.array(entrySchema).default([]),
    }),
  ),
});
/** A table's entries as they stand in a rule file, for documents that hold rules of their own. */
export const tableRulesSchema = z.strictObject({ rules: z.array(entrySchema).min(1) });
type TableEntry = z.infer<typeof ruleFileSchema>['tables'][string];

/** Joins a rule file's entries to the rules they name. @throws {RuleFileInvalidError} with every fault at once */
export function parseRuleBook(document: unknown, rules: readonly Rule[], dictionary: readonly DictionaryField[] = []): RuleBook {
  const parsed = ruleFileSchema.safeParse(document);
  if (!parsed.success) throw new RuleFileInvalidError(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
  const reader = new EntryReader(rules, dictionary);
  const book = new Map(Object.entries(parsed.data.tables).map(([table, entry]) => [table, reader.table(entry, `tables.${table}`)]));
  if (reader.faults.length > 0) throw new RuleFileInvalidError(reader.faults);
  return book;
}

class EntryReader {
  readonly faults: RuleFault[] = [];
  private readonly rules: ReadonlyMap<string, Rule>;
  private readonly fields: ReadonlyMap<string, DictionaryField>;

  constructor(rules: readonly Rule[], dictionary: readonly DictionaryField[]) {
    this.rules = new Map(rules.map((rule) => [rule.name, rule]));
    this.fields = new Map(dictionary.map((field) => [field.field_name, field]));
  }

  table({ fromDictionary, rules }: TableEntry, path: string): readonly DeclaredRule[] {
    const limits = Object.entries(fromDictionary).flatMap(([column, field]) =>
      this.limits(column, field, `${path}.fromDictionary.${column}`),
    );
    return [...limits, ...rules.flatMap((entry, index) => this.entry(entry, `${path}.rules.${index}`))];
  }

  private limits(column: string, field: string, path: string): readonly DeclaredRule[] {
    const found = this.fields.get(field);
    if (!found) return this.fault(path, `the dictionary has no field ${field}`);
    return limitsOf(column, found).flatMap((entry) => this.entry(entrySchema.parse(entry), path));
  }

  private entry({ rule: name, id, severity, message, ...settings }: z.infer<typeof entrySchema>, path: string): readonly DeclaredRule[] {
    const rule = this.rules.get(name);
    if (!rule) return this.fault(`${path}.rule`, `there is no rule ${name}; expected one of ${[...this.rules.keys()].join(', ')}`);
    const declared = rule.declare(settings);
    if ('rule' in declared) return [{ ...declared.rule, id: id ?? name, severity, message: message ?? declared.rule.message }];
    declared.faults.forEach((fault) => this.fault([path, fault.path].filter(Boolean).join('.'), fault.message));
    return [];
  }

  private fault(path: string, message: string): readonly DeclaredRule[] {
    this.faults.push({ path, message });
    return [];
  }
}
