import type { Column, StagedTable } from '@app/platform';
import { stageLines, TestWarehouse } from '../../test/test-warehouse';

const COLUMNS: readonly Column[] = ['word', 'amount', 'day'].map((name) => ({ name, type: 'string' }));
const LINES = ['a,1,2025-03-01\n', ',,\n', '"","",""\n'];

describe('blank cells of text files', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await TestWarehouse.create();
  });
  afterAll(() => test.drop());

  const loaded = async (flags: Pick<StagedTable['table'], 'blankIsNull' | 'nullIsBlank'>) => {
    await test.rows('drop table if exists reading');
    await test.rows('create table reading (word varchar(10), amount numeric, day date)');
    const staged = stageLines('reading', COLUMNS, LINES, LINES.length, () => Promise.resolve());
    await test.publish([{ ...staged, table: { ...staged.table, ...flags } }]);
    return test.rows('select word, amount::int, day::text from reading order by word nulls first, amount');
  };
  const FULL = { word: 'a', amount: 1, day: '2025-03-01' };
  const NOTHING = { amount: null, day: null };

  it('are null in columns of no text, however they are written, and stay what they are in columns of text', async () => {
    expect(await loaded({ blankIsNull: true })).toEqual([{ word: null, ...NOTHING }, { word: '', ...NOTHING }, FULL]);
  });

  it('are the empty text in columns of text when nothing is to be that', async () => {
    expect(await loaded({ blankIsNull: true, nullIsBlank: true })).toEqual([{ word: '', ...NOTHING }, { word: '', ...NOTHING }, FULL]);
  });
});
