import { z } from 'zod';

const TRUE = new Set(['1', 'true', 'yes', 'on']);
const FALSE = new Set(['0', 'false', 'no', 'off']);

/** `1 true yes on` / `0 false no off`, any letter case. */
export const flag = () =>
  z.string().transform((text, context) => {
    const word = text.trim().toLowerCase();
    if (TRUE.has(word)) return true;
    if (FALSE.has(word)) return false;
    context.addIssue({ code: 'custom', message: 'expected 1, 0, true or false' });
    return z.NEVER;
  });

/** A whole number within bounds, both inclusive. */
export const integer = (bounds: { min: number; max?: number }) =>
  z
    .string()
    .regex(/^\s*[+-]?\d+\s*$/, 'expected a whole number')
    .transform(Number)
    .pipe(
      z
        .number()
        .min(bounds.min, `expected at least ${bounds.min}`)
        .max(bounds.max ?? Number.MAX_SAFE_INTEGER, `expected at most ${bounds.max ?? ''}`),
    );

export const port = () => integer({ min: 1, max: 65_535 });

/** Seconds in the environment, milliseconds in the program. */
export const secondsToMs = () => integer({ min: 1 }).transform((seconds) => seconds * 1000);
