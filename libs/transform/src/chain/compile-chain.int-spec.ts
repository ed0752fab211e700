import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ColumnType } from '@app/platform';
import { CodeTransform } from '../code/code.transform';
import { DuckDbEngine } from '../engines/duckdb/duckdb-engine';
import { parquetSource } from '../engines/duckdb/row-source';
import type { Plan } from '../plan';
import type { StreamInput } from '../transform';
import { chainTransform, stepKinds } from './chain.transform';

const signal = new AbortController().signal;
const chain = chainTransform(stepKinds(null));

describe('compileChain (DuckDB)', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-chain-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A stream with one CSV part, the first line of which is its header. */
  async function stream(name: string, csv: string, types: Readonly<Record<string, ColumnType>>): Promise<StreamInput> {
    const path = join(folder, `${name}.csv`);
    await writeFile(path, csv);
    const columns = csv.slice(0, csv.indexOf('\n')).split(',');
    const rows = csv.trimEnd().split('\n').length - 1;
    const sha256 = createHash('sha256').update(csv).digest('hex');
    return { stream: name, files: [{ path, format: 'csv', columns, rows, sha256 }], columns, types: new Map(Object.entries(types)) };
  }

  function compile(steps: unknown, ...streams: readonly StreamInput[]): Promise<Plan> {
    const context = { streams: new Map(streams.map((each) => [each.stream, each])), workDir: folder, signal, table: 't' };
    return chain.compile(chain.configSchema.parse(steps), context);
  }

  /** What would be copied into the target. */
  async function copied(plan: Plan): Promise<{ lines: string[]; isStreamed: boolean; columns: string[] }> {
    const engine = new DuckDbEngine({ memoryLimitBytes: 256 * 1024 ** 2, threads: 2, spillRoot: join(folder, 'spill'), timeoutMs: 60_000 });
    const result = await engine.run(plan, { workDir: folder }, join(folder, 'out'), { signal, progress: () => undefined });
    const [written] = result.tables;
    const [streamed] = result.streamed;
    const { columns } = (written ?? streamed)!.table;
    const { bytes, done } = written
      ? engine.copyRows(parquetSource(written.path), columns, signal)
      : engine.copyRows(streamed!.source, columns, signal);
    let text = '';
    for await (const chunk of bytes) text += String(chunk);
    await done;
    return {
      lines: text.split('\n').slice(0, -1),
      isStreamed: streamed !== undefined,
      columns: columns.map(({ name, type }) => `${name} ${type}`),
    };
  }

  const prices = (cells: readonly string[]): Promise<StreamInput> =>
    stream('rows', `id,price\n${cells.map((cell, index) => `${index},${cell}\n`).join('')}`, { id: 'integer', price: 'decimal' });

  it('C-29: keeps integers with missing cells integers', async () => {
    const trays = await stream('rows', 'tray_id,seeds\n11,40\n12,\n', { tray_id: 'integer', seeds: 'integer' });
    const { lines, columns } = await copied(await compile([{ kind: 'sql', config: { sql_query: 'SELECT * FROM input_data' } }], trays));
    expect(columns).toEqual(['tray_id integer', 'seeds integer']);
    expect(lines).toEqual(['11,40', '12,']);
  });

  it('passes cells of columns that nothing is computed with as the source wrote them', async () => {
    const text = 'Id,id,n,at,b,d\n1,2,1.50,-infinity,\\xabcd,0044-03-15 BC\n3,,1e400,2025-01-01 00:00:00+14,"",\n';
    const types = { n: 'decimal', at: 'timestamptz', b: 'bytes', d: 'date' } as const;
    const plan = await compile(
      [{ kind: 'config', config: { rename: { n: 'm' }, drop_columns: ['b'] } }],
      await stream('rows', text, types),
    );
    const { lines, isStreamed, columns } = await copied(plan);
    expect(isStreamed).toBe(true);
    expect(columns).toEqual(['Id string', 'id string', 'm decimal', 'at timestamptz', 'd date']);
    expect(lines).toEqual(['1,2,1.50,-infinity,0044-03-15 BC', '3,,1e400,2025-01-01 00:00:00+14,']);
  });

  it('hands the files on as they are when a chain changes nothing', async () => {
    const plan = await compile([{ kind: 'none' }, { kind: 'config', config: {} }], await prices(['1.5']));
    expect(plan.outputs).toEqual([expect.objectContaining({ relation: 'staged_0', streamed: 'staged_0' })]);
    expect((await copied(plan)).lines).toEqual(['0,1.5']);
  });

  it.each([
    [{ add_columns: { x: 'id // 2 + price' }, transformations: [{ type: 'map', column: 'id', mapping: { '1': 7 } }] }, true],
    [{ filter: { id: 1 } }, false],
    [{ limit: 1 }, false],
    [{ sort: ['id'] }, false],
    [{ dedupe: {} }, false],
    [{ aggregations: { aggregate: { n: 'COUNT(*)' } } }, false],
    [{ cast: { id: 'string' } }, false],
  ])('streams %j: %s', async (config, isStreamed) => {
    const plan = await compile([{ kind: 'config', config }], await prices(['1.5', '2.25']));
    expect(plan.outputs[0]?.streamed).toBe(isStreamed ? 'staged_0' : undefined);
    expect((await copied(plan)).isStreamed).toBe(isStreamed);
  });

  it('computes columns while they are copied', async () => {
    const config = { add_columns: { x: 'price * 2', y: 'x - 0.1', z: 'id / 2' }, select: ['id', 'price'] };
    const { lines, columns } = await copied(await compile([{ kind: 'config', config }], await prices(['1.5', '', '2.255'])));
    expect(columns).toEqual(['id integer', 'price decimal', 'x decimal', 'y decimal', 'z float']);
    expect(lines).toEqual(['0,1.5,3.000,2.900,0.0', '1,,,,0.5', '2,2.255,4.510,4.410,1.0']);
  });

  it('computes exactly with as many digits as the cells have', async () => {
    const cells = ['123456789012345678901234567.0000000001', '0.0000000002', '-1'];
    const query = 'SELECT SUM(price) AS s, MIN(price) AS lo FROM input_data';
    const { lines } = await copied(await compile([{ kind: 'sql', config: { sql_query: query } }], await prices(cells)));
    expect(lines).toEqual(['123456789012345678901234566.0000000003,-1.0000000000']);
  });

  it('names the column whose numbers no exact number can hold, but only when it computes with them', async () => {
    const query = 'SELECT price FROM input_data';
    const sql = [{ kind: 'sql', config: { sql_query: query } }];
    const wide = await prices(['9'.repeat(30), `0.${'1'.repeat(12)}`]);
    await expect(compile(sql, wide)).rejects.toThrow(
      'column "price" needs 30 digits before the point and 12 behind it; 38 are the most in all',
    );
    await expect(compile(sql, await prices(['NaN', '1', 'Infinity']))).rejects.toThrow(
      'column "price" holds 2 cells that are no decimal numbers',
    );
    const untouched = await compile([{ kind: 'config', config: { select: ['price', 'id'] } }], await prices(['NaN', '1']));
    expect((await copied(untouched)).lines).toEqual(['NaN,0', '1,1']);
  });

  it('reads and writes every type as PostgreSQL does', async () => {
    const types: Readonly<Record<string, ColumnType>> = {
      ...{ a: 'boolean', b: 'float', c: 'date', d: 'timestamp', e: 'timestamptz', f: 'json', g: 'uuid', h: 'bytes', i: 'integer' },
    };
    const cells = ['t', 'NaN', 'infinity', '2025-01-02 03:04:05.678901', '2025-01-02 03:04:05+02', '"{""a"": [1, 2]}"'];
    const csv = `a,b,c,d,e,f,g,h,i\n${[...cells, '5b1dbb0f-a64a-4c43-a1b5-9b5e3e9d2a11', '\\xab01', '9223372036854775807'].join(',')}\n`;
    const steps = [{ kind: 'sql', config: { sql_query: "SELECT *, f->>'a' AS part FROM input_data WHERE a ORDER BY i" } }];
    const { lines } = await copied(await compile(steps, await stream('rows', csv, types)));
    const [head, tail] = [
      'true,nan,infinity,2025-01-02 03:04:05.678901,2025-01-02 01:04:05+00,"{""a"": [1, 2]}"',
      '9223372036854775807,"[1,2]"',
    ];
    expect(lines).toEqual([`${head},5b1dbb0f-a64a-4c43-a1b5-9b5e3e9d2a11,\\xab01,${tail}`]);
  });

  it('joins several streams by their names', async () => {
    const streams = [await stream('trays', 'id,bay\n1,N1\n', { id: 'integer' }), await stream('bays', 'bay,lamp\nN1,9\n', {})];
    const query = 'SELECT id, lamp FROM trays JOIN bays USING (bay)';
    expect((await copied(await compile([{ kind: 'sql', config: { sql_query: query } }], ...streams))).lines).toEqual(['1,9']);
    await expect(compile([{ kind: 'config', config: {} }], ...streams)).rejects.toThrow('the extract has several streams');
    await expect(compile([{ kind: 'sql', config: { sql_query: 'SELECT * FROM input_data' } }], ...streams)).rejects.toThrow(
      'there is no relation "input_data" here; there are trays, bays',
    );
  });

  it('asks for a renaming where SQL would mix up two columns', async () => {
    const rows = await stream('rows', 'Id,id\n1,2\n', {});
    const sql = { kind: 'sql', config: { sql_query: 'SELECT id, old FROM input_data' } };
    await expect(compile([sql], rows)).rejects.toThrow('DUPLICATE_COLUMN');
    expect((await copied(await compile([{ kind: 'config', config: { rename: { Id: 'old' } } }, sql], rows))).lines).toEqual(['2,1']);
  });

  it('says where in a chain a fault is', async () => {
    const steps = [
      { kind: 'config', config: { select: ['id'] } },
      { kind: 'config', config: { filter: { price: 1 } } },
    ];
    await expect(compile(steps, await prices(['1']))).rejects.toMatchObject({ faults: [{ path: '1.config.filter.price' }] });
  });

  it('keeps the order of rows', async () => {
    const rows = await stream('rows', `n\n${Array.from({ length: 300_000 }, (_, index) => `${index}\n`).join('')}`, { n: 'integer' });
    const config = { filter: { n: { '>=': 0 } }, add_columns: { m: 'n % 3' }, dedupe: { keys: ['n'] }, sort: ['m'] };
    const { lines } = await copied(await compile([{ kind: 'config', config }], rows));
    const sorted = [0, 1, 2].flatMap((rest) => Array.from({ length: 100_000 }, (_, index) => `${3 * index + rest},${rest}`));
    expect(lines.length).toBe(sorted.length);
    expect(lines.every((line, index) => line === sorted[index])).toBe(true);
  });

  it('goes on after modules whose columns only their run tells', async () => {
    const widen = `export async function* transform(batches) { for await (const rows of batches) yield rows.map((row) => ({ ...row, grams: row.kilos * 1000 })); }`;
    await writeFile(join(folder, 'widen.mjs'), widen);
    const limits = { batchRows: 2, memoryMb: 32, timeoutMs: 20_000 };
    const withCode = chainTransform(stepKinds(new CodeTransform({ modulesDir: folder, limits })));
    const picks = await stream('picks', 'id,kilos\n1,0.5\n2,2\n3,\n', { id: 'integer', kilos: 'float' });
    const steps = [
      { kind: 'code', name: 'widened', config: { function_path: 'widen' } },
      { kind: 'config', config: { filter: { grams: { '>': 0 } }, rename: { grams: 'kilos2' }, drop_columns: ['kilos'] } },
      { kind: 'sql', config: { sql_query: 'select id, kilos2 as kilos from input_data' } },
      { kind: 'code', config: { function_path: 'widen' } },
      { kind: 'sql', config: { sql_query: 'select a.id, a.grams, w.kilos from input_data a join widened w using (id) order by id' } },
    ];
    const plan = await withCode.compile(withCode.configSchema.parse(steps), {
      ...{ streams: new Map([['picks', picks]]), workDir: folder, signal, table: 't' },
    });
    const { lines, columns } = await copied(plan);
    expect(columns).toEqual(['id integer', 'grams integer', 'kilos float']);
    expect(lines).toEqual(['1,500000,0.5', '2,2000000,2.0']);
  });
});
