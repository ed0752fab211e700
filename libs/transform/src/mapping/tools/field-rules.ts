import { extname } from 'node:path';
import { MappingInvalidError } from '../../transform.errors';
import { fieldsOf } from '../dsl/expression';
import { ExpressionSyntaxError, parseExpression } from '../dsl/parser';
import type { MappedType } from '../mapped-type';
import { parseRows, readMappingText, rowFaults } from '../mapping-file';
import { mappingRowSchema } from '../mapping-row.schema';
import { parseMappingCsv } from './mapping-csv';

/** How the values of one REDCap field are treated. */
export interface FieldRule {
  readonly type: MappedType;
  /** The `Randomization_feature`; empty when the mapping gives none. */
  readonly feature: string;
}

/** Every field that a mapping mentions, whether the sync fills its column or not. */
export type FieldRules = ReadonlyMap<string, FieldRule>;

/** All that these tools look at; the other keys may be missing. */
const ruleSchema = mappingRowSchema.pick({ Fieldname_redcap: true, 'Data Type': true, Randomization_feature: true });

/** Reads a mapping, as CSV when its name ends so. @throws {MappingInvalidError} naming every fault; {InputInvalidError} for a missing file. */
export async function loadFieldRules(path: string): Promise<FieldRules> {
  const text = await readMappingText(path);
  return fieldRules(extname(path).toLowerCase() === '.csv' ? await parseMappingCsv(text) : parseRows(text));
}

/** The first row that mentions a field decides. @throws {MappingInvalidError} naming every fault */
export function fieldRules(rows: readonly unknown[]): FieldRules {
  const rules = new Map<string, FieldRule>();
  const faults: string[] = [];
  rows.forEach((value, index) => {
    const result = ruleSchema.safeParse(value);
    if (!result.success) {
      faults.push(...rowFaults(value, index + 1, result.error));
      return;
    }
    const rule = { type: result.data['Data Type'], feature: result.data.Randomization_feature };
    for (const field of fieldsIn(result.data.Fieldname_redcap, index + 1, faults)) {
      if (!rules.has(field)) rules.set(field, rule);
    }
  });
  if (faults.length > 0) throw new MappingInvalidError(faults);
  return rules;
}

function fieldsIn(expression: string, row: number, faults: string[]): string[] {
  try {
    const parsed = parseExpression(expression);
    return parsed ? fieldsOf(parsed) : [];
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    faults.push(`row ${row}: the expression ${JSON.stringify(expression)} ${error.message}`);
    return [];
  }
}
