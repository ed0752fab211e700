import { z } from 'zod';
import type { MappedType } from './mapped-type';

/** PostgreSQL cuts longer names off without an error. */
const MAX_IDENTIFIER_BYTES = 63;

const RANDOMIZATION_FEATURES = [
  '',
  'firstname',
  'lastname',
  'name',
  'id',
  'email',
  'phonenumber',
  'shorttitle',
  'longtitle',
  'index',
  'nat',
  'month-yy',
] as const;

const text = z.string({ error: 'must be a text' });

/** Boolean text of the mapping: `yes` and `TRUE`, `FALSE` and empty. */
const booleanText = text
  .refine((value) => ['yes', 'TRUE', 'FALSE', ''].includes(value), 'is not one of "yes", "TRUE", "FALSE" and empty')
  .transform((value) => value === 'yes' || value === 'TRUE');

const identifier = text
  .min(1, 'must not be empty')
  .refine((value) => !/\p{Cc}/u.test(value), 'must not hold control characters')
  .refine((value) => Buffer.byteLength(value) <= MAX_IDENTIFIER_BYTES, `is longer than ${MAX_IDENTIFIER_BYTES} bytes`);

const dataType = text.transform((value, context): MappedType => {
  const type = mappedTypeOf(value);
  if (type) return type;
  context.addIssue({ code: 'custom', message: `"${value}" is not one of text, int, boolean, date and float` });
  return z.NEVER;
});

function mappedTypeOf(value: string): MappedType | undefined {
  if (value.startsWith('text')) return 'string';
  const types: Readonly<Record<string, MappedType>> = { int: 'integer', boolean: 'boolean', date: 'date', float: 'float' };
  return Object.hasOwn(types, value) ? types[value] : undefined;
}

/** One object of `mapping.json`: every key is a text; only `InitializeField` may be missing; further keys are ignored. */
export const mappingRowSchema = z.object({
  Table_CTMD: identifier,
  Fieldname_CTMD: identifier,
  Fieldname_redcap: text,
  'Data Type': dataType,
  Randomization_feature: text.refine(
    (value) => RANDOMIZATION_FEATURES.some((feature) => feature === value),
    `is not one of ${RANDOMIZATION_FEATURES.filter(Boolean).join(', ')} and empty`,
  ),
  'Dropdown Options': text,
  'Lookup Needed': booleanText,
  'Lookup Information': text,
  Algorithm: text,
  Key: text,
  Primary: booleanText,
  Foreign: booleanText,
  FK_tablename: text,
  'Cardinality (Table_CTMD--FK_tablename)': text,
  Table_phase1: text,
  'NOT NULL': booleanText,
  'Default Value': text,
  'Field Status': text,
  Instrument: text,
  Description: text,
  Comments: text,
  InitializeField: text.optional(),
});
