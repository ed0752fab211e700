import type { z } from 'zod';
import { REDACTED } from '../secrets/secret';
import { RequestInvalidError, type RequestFault } from './http-error.filter';

/** A URL that may hold a password is not sent back to its sender: answers are logged on the way. */
const URL_WITH_CREDENTIALS = /^[a-z][a-z0-9+]*:\/\/[^]*@/i;
const SECRET_KEY = /^(token|password)$/i;
const SECRET_REFERENCE = /^(env|file|vault|sealed):/;

type Path = readonly PropertyKey[];

/** Parses a body. @throws {RequestInvalidError} with every fault at once */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new RequestInvalidError(bodyFaults(parsed.error, body));
}

/** What a schema found wrong with a body, in the words and with the types that clients of the platform know. */
export function bodyFaults(error: z.ZodError, body: unknown): RequestFault[] {
  return error.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? unknownKeys(issue, body) : [faultOf(issue, body)]));
}

/** One fault at a place of the body; `input` is what stands there, or around a value that is missing. */
export function bodyFault(body: unknown, path: Path, type: string, msg: string): RequestFault {
  return {
    type,
    loc: ['body', ...path.map(locPart)],
    msg,
    input: presentable(valueAt(body, type === 'missing' ? path.slice(0, -1) : path)),
  };
}

const unknownKeys = (issue: z.core.$ZodIssueUnrecognizedKeys, body: unknown): RequestFault[] =>
  issue.keys.map((key) => bodyFault(body, [...issue.path, key], 'extra_forbidden', 'Extra inputs are not permitted'));

function faultOf(issue: z.core.$ZodIssue, body: unknown): RequestFault {
  const missing = valueAt(body, issue.path) === undefined && issue.code !== 'custom';
  const [type, msg] = missing ? (['missing', 'Field required'] as const) : wordsOf(issue);
  return bodyFault(body, issue.path, type, msg);
}

function wordsOf(issue: z.core.$ZodIssue): readonly [type: string, msg: string] {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? ['value_error', issue.message];
    case 'invalid_value':
      return ['literal_error', `Input should be ${oneOf(issue.values)}`];
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? ['literal_error', `Input should be ${oneOf(issue.options)}`]
        : ['value_error', issue.message];
    case 'too_small':
      return issue.origin === 'string'
        ? ['string_too_short', `String should have at least ${characters(issue.minimum)}`]
        : ['greater_than_equal', `Input should be greater than or equal to ${issue.minimum}`];
    case 'too_big':
      return issue.origin === 'string'
        ? ['string_too_long', `String should have at most ${characters(issue.maximum)}`]
        : ['less_than_equal', `Input should be less than or equal to ${issue.maximum}`];
    case 'custom':
      return [typeof issue.params?.type === 'string' ? issue.params.type : 'value_error', issue.message];
    default:
      return ['value_error', issue.message];
  }
}

const TYPES: Readonly<Record<string, readonly [string, string]>> = {
  string: ['string_type', 'Input should be a valid string'],
  int: ['int_type', 'Input should be a valid integer'],
  number: ['float_type', 'Input should be a valid number'],
  boolean: ['bool_type', 'Input should be a valid boolean'],
  object: ['dict_type', 'Input should be a valid dictionary'],
  record: ['dict_type', 'Input should be a valid dictionary'],
  array: ['list_type', 'Input should be a valid list'],
};

/** `'a', 'b' or 'c'`. */
function oneOf(values: readonly unknown[]): string {
  const quoted = values.map((value) => `'${String(value)}'`);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}

const characters = (count: number | bigint): string => `${count} character${Number(count) === 1 ? '' : 's'}`;

const locPart = (part: PropertyKey): string | number => (typeof part === 'number' ? part : String(part));

function valueAt(body: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined),
    body,
  );
}

/** A document as it may be shown: without URLs that hold a password, and without tokens and passwords that are written out. */
export function presentable(value: unknown): unknown {
  if (typeof value === 'string') return URL_WITH_CREDENTIALS.test(value) ? REDACTED : value;
  if (Array.isArray(value)) return value.map(presentable);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, isSecret(key, member) ? REDACTED : presentable(member)]));
}

const isSecret = (key: string, value: unknown): boolean =>
  typeof value === 'string' && SECRET_KEY.test(key) && !SECRET_REFERENCE.test(value);
