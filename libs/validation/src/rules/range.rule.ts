import { z } from 'zod';
import { defineRule } from '../rule';

const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;
const bound = z.union([z.number(), z.string().regex(ISO_DATE, 'expected a number or a date such as 2024-01-31')]);

/** Numbers or dates between two bounds, both inclusive; either may be left out. */
export const rangeRule = defineRule({
  name: 'range',
  config: z
    .strictObject({ column: z.string(), min: bound.optional(), max: bound.optional() })
    .refine(({ min, max }) => min !== undefined || max !== undefined, 'expected min, max or both')
    .refine(({ min, max }) => min === undefined || max === undefined || typeof min === typeof max, 'expected min and max of one kind'),
  columns: ({ column }) => [column],
  message: ({ min, max }) => {
    if (max === undefined) return `{place} must be ${min} or more`;
    return min === undefined ? `{place} must be ${max} or less` : `{place} must lie between ${min} and ${max}`;
  },
  compile: ({ column, min, max }, context) => {
    const accepts = typeof (min ?? max) === 'number' ? numbersBetween(min, max) : datesBetween(min, max);
    return [{ kind: 'value', column: context.indexOf(column), accepts }];
  },
});

type Bound = z.infer<typeof bound> | undefined;

function numbersBetween(min: Bound = -Infinity, max: Bound = Infinity): (value: string) => boolean {
  return (value) => {
    const number = Number(value);
    return number >= Number(min) && number <= Number(max);
  };
}

/** ISO dates are in the order of their texts. */
function datesBetween(min: Bound = '0000-01-01', max: Bound = '9999-12-31'): (value: string) => boolean {
  return (value) => ISO_DATE.test(value) && value >= String(min) && value <= String(max);
}
