import { z } from 'zod';
import { defineRule } from '../rule';

const expression = z.string().refine((source) => compiles(source), 'expected a regular expression');

/** Texts that a regular expression matches from end to end. */
export const patternRule = defineRule({
  name: 'pattern',
  config: z.strictObject({ column: z.string(), pattern: expression, description: z.string().optional() }),
  columns: ({ column }) => [column],
  message: ({ pattern, description }) => `{place} must be ${description ?? `of the form ${pattern}`}`,
  compile: ({ column, pattern }, context) => {
    const whole = anchored(pattern);
    return [{ kind: 'value', column: context.indexOf(column), accepts: (value) => whole.test(value) }];
  },
});

const anchored = (source: string): RegExp => new RegExp(`^(?:${source})$`, 'u');

function compiles(source: string): boolean {
  try {
    return anchored(source) instanceof RegExp;
  } catch {
    return false;
  }
}
