import { z } from 'zod';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * A schema of settings that refuses keys it does not know, unless the settings say `strict: false`. Each fault is reported where it
 * stands, inside the likeliest of several alternatives.
 */
export function withStrictEscape<Output>(schema: z.ZodType<Output>): z.ZodType<Output> {
  return z.unknown().transform((value, context): Output => {
    const parsed = parseSettings(schema, value);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues.flatMap((issue) => faultsOf(issue, []))) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
    return z.NEVER;
  });
}

function parseSettings<Output>(schema: z.ZodType<Output>, value: unknown): z.ZodSafeParseResult<Output> {
  if (typeof value !== 'object' || value === null || !('strict' in value) || typeof value.strict !== 'boolean') {
    return schema.safeParse(value);
  }
  const { strict, ...settings } = value;
  const parsed = schema.safeParse(settings);
  if (strict || parsed.success) return parsed;
  const unknown = parsed.error.issues.flatMap((issue) => unknownKeys(issue, []));
  return schema.safeParse(without(settings, unknown, []));
}

function unknownKeys(issue: Issue, prefix: Path): string[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => JSON.stringify([...path, key]));
  return issue.code === 'invalid_union' ? likeliest(issue.errors).flatMap((inner) => unknownKeys(inner, path)) : [];
}

/** A copy that lacks what stands at the given paths. */
function without(value: unknown, paths: readonly string[], at: Path): unknown {
  if (Array.isArray(value)) return value.map((item: unknown, index) => without(item, paths, [...at, index]));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !paths.includes(JSON.stringify([...at, key])));
  return Object.fromEntries(entries.map(([key, item]) => [key, without(item, paths, [...at, key])]));
}

function faultsOf(issue: Issue, prefix: Path): { path: Path; message: string }[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: [...path, key], message: 'there is no such key' }));
  if (issue.code !== 'invalid_union') return [{ path, message: issue.message }];
  const inner = likeliest(issue.errors);
  return inner.length === 0 ? [{ path, message: issue.message }] : inner.flatMap((each) => faultsOf(each, path));
}

/** Of several alternatives the one that fits the value's own kind, if there is one: its faults lie deeper. */
function likeliest(alternatives: readonly (readonly Issue[])[]): readonly Issue[] {
  const isOfAnotherKind = ({ path, code }: Issue): boolean => path.length === 0 && (code === 'invalid_type' || code === 'invalid_union');
  return alternatives.find((issues) => !issues.some(isOfAnotherKind)) ?? [];
}
