import { z } from 'zod';
import { ConfigInvalidError, defineConfig } from './define-config';
import { flag, integer, secondsToMs } from './variables';

const slice = defineConfig(
  'probe',
  z.object({
    PROBE_URL: z.url('expected an address'),
    PROBE_SIZE: integer({ min: 1, max: 9 }).default(5),
    PROBE_ON: flag().default(false),
    PROBE_TIME: secondsToMs().default(1000),
  }),
  (env) => ({ url: env.PROBE_URL, size: env.PROBE_SIZE, on: env.PROBE_ON, timeMs: env.PROBE_TIME }),
);

describe('defineConfig', () => {
  it('reads typed values and fills in defaults', () => {
    expect(slice.read({ PROBE_URL: 'http://a', PROBE_ON: 'Yes', PROBE_TIME: '7' })).toEqual({
      url: 'http://a',
      size: 5,
      on: true,
      timeMs: 7000,
    });
  });

  it('takes a variable set to the empty text for unset', () => {
    expect(slice.read({ PROBE_URL: 'http://a', PROBE_SIZE: '', PROBE_ON: '' })).toMatchObject({ size: 5, on: false });
  });

  it('names every bad variable at once and never shows a value', () => {
    const read = () => slice.read({ PROBE_URL: 'hunter2', PROBE_SIZE: '12', PROBE_ON: 'perhaps' });
    expect(read).toThrow(ConfigInvalidError);
    expect(slice.faults({ PROBE_URL: 'hunter2', PROBE_SIZE: '12', PROBE_ON: 'perhaps' })).toEqual([
      'PROBE_URL: expected an address',
      'PROBE_SIZE: expected at most 9',
      'PROBE_ON: expected 1, 0, true or false',
    ]);
    expect(read).not.toThrow(/hunter2|perhaps/);
  });

  it.each(['abc', '2.5', '1e1', '-1'])('refuses %p as a whole number from 1 to 9', (text) => {
    expect(slice.faults({ PROBE_URL: 'http://a', PROBE_SIZE: text })).toHaveLength(1);
  });
});
