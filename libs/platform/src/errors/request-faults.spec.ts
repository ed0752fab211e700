import { z } from 'zod';
import { RequestInvalidError } from './http-error.filter';
import { malformedJson } from './malformed-json';
import { parseBody } from './request-faults';

const schema = z.object({
  name: z.string().min(1),
  kind: z.enum(['sql', 'code', 'config']),
  rows: z.int().min(1).optional(),
  part: z.discriminatedUnion('type', [z.strictObject({ type: z.literal('a'), url: z.string() }), z.strictObject({ type: z.literal('b') })]),
});

const faultsOf = (work: () => unknown): RequestInvalidError['faults'] => {
  try {
    work();
  } catch (error) {
    if (error instanceof RequestInvalidError) return error.faults;
  }
  return [];
};

describe('parseBody', () => {
  it('tells every fault at once, each with its type, place and input', () => {
    const body = { name: '', kind: 'c', rows: 0, part: { type: 'a', url: 'x', typo: 1 } };
    expect(faultsOf(() => parseBody(schema, body))).toEqual([
      { type: 'string_too_short', loc: ['body', 'name'], msg: 'String should have at least 1 character', input: '' },
      { type: 'literal_error', loc: ['body', 'kind'], msg: "Input should be 'sql', 'code' or 'config'", input: 'c' },
      { type: 'greater_than_equal', loc: ['body', 'rows'], msg: 'Input should be greater than or equal to 1', input: 0 },
      { type: 'extra_forbidden', loc: ['body', 'part', 'typo'], msg: 'Extra inputs are not permitted', input: 1 },
    ]);
  });

  it('shows the enclosing object of what is missing', () => {
    expect(faultsOf(() => parseBody(z.object({ config: z.object({ target: z.string() }) }), { config: { other: 1 } }))).toEqual([
      { type: 'missing', loc: ['body', 'config', 'target'], msg: 'Field required', input: { other: 1 } },
    ]);
  });

  it('names the choices of a discriminator', () => {
    const faults = faultsOf(() => parseBody(schema, { name: 'n', kind: 'sql', part: { type: 'z' } }));
    expect(faults).toEqual([{ type: 'literal_error', loc: ['body', 'part', 'type'], msg: "Input should be 'a' or 'b'", input: 'z' }]);
  });

  it('does not send a URL with a password back', () => {
    const faults = faultsOf(() => parseBody(schema, { name: 'n', kind: 'sql', part: { type: 'b', url: 'mysql://me:word@host/db' } }));
    expect(JSON.stringify(faults)).not.toContain('word');
    expect(faults).toMatchObject([{ loc: ['body', 'part', 'url'], input: '[redacted]' }]);
  });
});

describe('malformedJson', () => {
  it.each([
    ['{"a": tru}', 6],
    ['{"patient": "Jane Doe", }', 24],
    ['{"a":', 5],
  ])('says where %s stops to be JSON, and does not quote it', (text, offset) => {
    const [fault] = malformedJson(text).faults;
    expect(fault).toMatchObject({ type: 'json_invalid', loc: ['body', offset], msg: 'JSON decode error', input: {} });
    expect(fault?.ctx?.error).not.toMatch(/Jane|position|but/);
    expect(fault?.ctx?.error).not.toBe('');
  });

  it('misses a body that is empty', () => {
    expect(malformedJson(' ').faults).toEqual([{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }]);
  });
});
