import { parseRuleBook, RuleFileInvalidError, RULES, tableRulesSchema, type RuleBook } from '@app/validation';
import { z } from 'zod';

/** What a definition says about its tables' rows. */
export const validateSchema = z.strictObject({
  rules: z
    .record(z.string(), tableRulesSchema)
    .superRefine((tables, context) => {
      for (const { path, message } of faultsOf(tables)) context.addIssue({ code: 'custom', path, message });
    })
    .describe('By table, the rules that its rows keep, as in a rule file. Tables are checked in this order.'),
  onError: z
    .enum(['reject', 'quarantine'])
    .default('reject')
    .describe('`reject`: a row that breaks a rule fails the run. `quarantine`: it is set aside, and the others are loaded.'),
});

export type ValidateSection = z.output<typeof validateSchema>;

/** The rules of a section that was checked when its definition was stored. */
export const ruleBookOf = ({ rules }: Pick<ValidateSection, 'rules'>): RuleBook => parseRuleBook({ tables: rules }, RULES);

function faultsOf(tables: ValidateSection['rules']): { readonly path: string[]; readonly message: string }[] {
  try {
    ruleBookOf({ rules: tables });
    return [];
  } catch (error) {
    if (!(error instanceof RuleFileInvalidError)) throw error;
    return error.faults.map(({ path, message }) => ({ path: path.replace(/^tables\./, '').split('.'), message }));
  }
}
