import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';

/** Reads the value of a flag; a value that does not fit is a usage error, which shows it. Not for secrets. */
export function parseFlag<T>(schema: z.ZodType<T>, text: string): T {
  const result = schema.safeParse(text);
  if (!result.success) throw new InvalidArgumentError(result.error.issues.map((issue) => issue.message).join('; '));
  return result.data;
}
