import type { Sample } from '../preview/sample-stream';
import { TransformBench } from '../testing/trays';

describe('casts and order of a config transform (DuckDB)', () => {
  let bench: TransformBench;
  beforeAll(async () => {
    bench = await TransformBench.create();
  });
  afterAll(() => bench.remove());

  const ids = async (config: object): Promise<unknown> => (await bench.config(config)).rows.map((row) => row.tray_id);
  const column = async (config: object, name: string, sample?: Sample): Promise<unknown[]> =>
    (await bench.config(config, sample)).rows.map((row) => row[name]);

  it('casts, and counts what cannot be cast', async () => {
    const sample: Sample = { rows: ['5', ' 6.0 ', '1.9', '', 'bad', null].map((v, n) => ({ n, v })) };
    const cast = { v: { type: 'int', on_error: 'null' } };
    const { cells, issues } = await bench.config({ cast }, sample);
    expect(cells.map(([, v]) => v)).toEqual([5, 6, null, null, null, null]);
    expect(issues).toEqual([expect.objectContaining({ rule: 'cast', column: 'v', count: 2 })]);
    await expect(bench.config({ cast: { v: 'int' } }, sample)).rejects.toThrow('2 cells of "v" cannot be read as integer');
  });

  it.each([
    ['bool', ['false', 'TRUE', ' yes ', '0', ''], [false, true, true, false, null]],
    ['float', ['1.5', '-2e3'], [1.5, -2000]],
    [{ type: 'decimal', scale: 2 }, ['1.50', '12', '.5'], ['1.50', '12.00', '0.50']],
    ['date', ['2025-01-02', '2025-01-02 10:00'], ['2025-01-02', '2025-01-02']],
    ['datetime', ['2025-01-02', '2025-01-02T10:00:00'], ['2025-01-02T00:00:00', '2025-01-02T10:00:00']],
    ['json', ['{"a": [1]}'], [{ a: [1] }]],
  ])('reads text as %j', async (type, texts, expected) => {
    expect(await column({ cast: { v: type } }, 'v', { rows: texts.map((v) => ({ v })) })).toEqual(expected);
  });

  it('refuses to round an exact number', async () => {
    const config = { cast: { v: { type: 'decimal', scale: 2 } } };
    await expect(bench.config(config, { rows: [{ v: '1.234' }] })).rejects.toThrow('1 cells of "v" cannot be read as decimal');
  });

  it('drops repeated rows, sorts and limits, in this order', async () => {
    expect(await ids({ dedupe: { keys: ['bay'] } })).toEqual([11, 13, 14]);
    expect(await ids({ dedupe: { keys: ['bay'], keep: 'last' } })).toEqual([12, 14, 15]);
    expect(await ids({ sort: ['seeds'] })).toEqual([14, 13, 15, 11, 12]);
    expect(
      await ids({
        sort: [
          { column: 'seeds', desc: true, nulls: 'first' },
          { column: 'tray_id', desc: true },
        ],
      }),
    ).toEqual([12, 11, 15, 13, 14]);
    expect(await ids({ dedupe: { keys: ['bay'] }, sort: [{ column: 'tray_id', desc: true }], limit: 2 })).toEqual([14, 13]);
    expect(await ids({ limit: 2 })).toEqual([11, 12]);
    expect(await column({ select: ['crop'], dedupe: {} }, 'crop')).toEqual(['Basil', 'chard', null, 'Dill']);
  });
});
