import { finished } from 'node:stream/promises';
import { stagedText, textOf } from '../../test/staged-text';
import { recordHash, withoutRows } from './refused-rows';

const RECORDS = ['1,a', '2,"two\nlines"', '3,c'];
const VISIT = stagedText('Visit', ['id', 'note'], RECORDS);
const refused = (...rows: number[]) => new Map(rows.map((row) => [row, recordHash(Buffer.from(`${RECORDS[row - 1]}\n`))]));

describe('withoutRows', () => {
  it('leaves out exactly the refused rows', async () => {
    const accepted = withoutRows(VISIT, refused(2));
    expect(accepted.rows).toBe(2);
    expect(await textOf(accepted)).toBe('1,a\n3,c\n');
    expect(await textOf(withoutRows(VISIT, refused(1, 2, 3)))).toBe('');
    expect(withoutRows(VISIT, new Map())).toBe(VISIT);
  });

  it('has a fingerprint of the rows that are left', () => {
    const fingerprints = [VISIT, withoutRows(VISIT, refused(1)), withoutRows(VISIT, refused(2))].map(({ fingerprint }) => fingerprint);
    expect(new Set(fingerprints).size).toBe(3);
    const [first, second] = [...refused(1, 2).values()];
    expect(withoutRows(VISIT, new Map([[1, first!], [2, second!]])).fingerprint).toBe(withoutRows(VISIT, new Map([[1, second!], [2, first!]])).fingerprint); // prettier-ignore
  });

  it('fails when other rows are read than were checked', async () => {
    const [hash] = [...refused(1).values()];
    await expect(textOf(withoutRows(VISIT, new Map([[2, hash!]])))).rejects.toMatchObject({ code: 'staging-corrupt' });
    await expect(textOf(withoutRows(VISIT, new Map([[4, hash!]])))).rejects.toMatchObject({ code: 'staging-corrupt' });
  });

  it('takes its source down with it', async () => {
    const { bytes } = VISIT.open(new AbortController().signal);
    const { bytes: accepted } = withoutRows({ ...VISIT, open: () => ({ bytes, done: Promise.resolve() }) }, refused(1)).open(new AbortController().signal); // prettier-ignore
    for await (const piece of accepted) {
      expect(String(piece)).toContain('3,c');
      break;
    }
    await finished(bytes).catch(() => undefined);
    expect(bytes.destroyed).toBe(true);
  });
});
