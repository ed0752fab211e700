import { assertPlausible, DEFAULT_SHRINK_LIMITS } from './shrink-brake';

const change = (from: number, to: number, table = 'visit') => ({ table, from, to });
const check =
  (...changes: ReturnType<typeof change>[]) =>
  () =>
    assertPlausible(changes, DEFAULT_SHRINK_LIMITS);

describe('assertPlausible', () => {
  it.each([
    ['half of a table', 100, 50],
    ['most of a table below the minimum', 99, 1],
    ['nothing', 100, 100],
    ['less than nothing', 100, 1000],
    ['what an empty table holds', 0, 0],
  ])('lets a publication remove %s', (_what, from, to) => {
    expect(check(change(from, to))).not.toThrow();
  });

  it.each([
    ['one row past half of a table at the minimum', 100, 49],
    ['one row past half of a larger table', 1001, 500],
    ['everything there is, however little', 1, 0],
  ])('refuses to remove %s', (_what, from, to) => {
    expect(check(change(from, to))).toThrow(expect.objectContaining({ code: 'shrink-refused' }));
  });

  it('lets a small table become empty beside others that are filled', () => {
    expect(check(change(5, 0), change(10, 10, 'lab'))).not.toThrow();
  });

  it('takes other limits', () => {
    expect(() => assertPlausible([change(10, 8)], { minimumRows: 10, maximumShare: 0.1 })).toThrow('from 10 to 8 rows');
  });
});
