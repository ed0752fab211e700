import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Column } from '@app/platform';
import type { FileColumn, Plan, Relation } from '../../plan';
import { DuckDbEngine, type TransformResult } from './duckdb-engine';
import { parquetSource } from './row-source';

const never = new AbortController().signal;

/** Long enough that it can only end by an interrupt. */
const ENDLESS_SQL = 'select sum(a.range * b.range) as n from range(10000000) a, range(10000000) b';

describe('DuckDbEngine', () => {
  let folder: string;
  let spillRoot: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-engine-'));
    spillRoot = join(folder, 'spill');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function engine(timeoutMs = 60_000): DuckDbEngine {
    return new DuckDbEngine({ memoryLimitBytes: 256 * 1024 ** 2, threads: 2, spillRoot, timeoutMs });
  }

  function plan(relations: readonly Relation[], columns: readonly Column[]): Plan {
    const relation = relations.at(-1)?.name ?? '';
    return { relations, outputs: [{ table: { name: 't', columns }, relation }], checks: [], issues: [], lineage: [], reports: {} };
  }

  function run(subject: Plan, signal = never, timeoutMs?: number): Promise<TransformResult> {
    return engine(timeoutMs).run(subject, { workDir: folder }, join(folder, 'out'), { signal, progress: () => undefined });
  }

  async function lines({ tables }: TransformResult): Promise<string[]> {
    const [written] = tables;
    if (!written) return [];
    const { bytes, done } = engine().copyRows(parquetSource(written.path), written.table.columns, never);
    let text = '';
    for await (const chunk of bytes) text += String(chunk);
    await done;
    return text.split('\n').slice(0, -1);
  }

  const text = (name: string): Column => ({ name, type: 'string' });
  const sql = (query: string): Relation => ({ kind: 'sql', name: 'r', sql: query });

  it('writes dates before the year 1, and none at all, as PostgreSQL reads them', async () => {
    const dates = sql(
      `select date '0044-03-15 (BC)' as d, date '0044-03-15 (BC)' + interval '3723 seconds' as t union all select date '-infinity', null`,
    );
    const result = await run(plan([dates], [{ name: 'd', type: 'date' }, { name: 't', type: 'timestamp' }])); // prettier-ignore
    expect((await lines(result)).sort()).toEqual(['-infinity,', '0044-03-15 BC,0044-03-15 01:02:03 BC']);
  });

  it('reads parts of every format in order, whatever columns each has', async () => {
    await writeFile(join(folder, 'a.ndjson'), '{"x":"1","y":null}\n{"z":"3","x":""}\n');
    await writeFile(join(folder, 'b.csv'), 'y,x\n,"a ""b"", c"\n"","l\nm"\n');
    await writeFile(join(folder, 'c.csv'), 'x\n5\n');
    const parquet = await run(plan([sql(`select 6 as x, '7' as y`)], [{ name: 'x', type: 'integer' }, text('y')]));
    const columns: FileColumn[] = ['x', 'y'].map((source, index) => ({ source, name: `c${index}`, type: 'string' }));
    const files = [
      { path: join(folder, 'a.ndjson'), format: 'ndjson', columns: ['x', 'y', 'z'] },
      { path: join(folder, 'b.csv'), format: 'csv', columns: ['y', 'x'] },
      { path: join(folder, 'c.csv'), format: 'csv', columns: ['x'] },
      { path: parquet.tables[0]?.path ?? '', format: 'parquet', columns: ['x', 'y'] },
    ] as const;
    const subject = plan([{ kind: 'files', name: 'r', files, columns }], [text('x'), text('y')]);
    const result = await engine().run(subject, { workDir: folder }, join(folder, 'second'), { signal: never, progress: () => undefined });
    expect(await lines(result)).toEqual(['1,', '"",', '"a ""b"", c",', '"l', 'm",""', '5,', '6,7']);
  });

  it('reads thousands of small parts in order, whether they end in a newline or not', async () => {
    const files = Array.from({ length: 2_000 }, (_, index) => ({
      path: join(folder, `${index}`),
      format: 'ndjson' as const,
      columns: ['x'],
    }));
    await Promise.all(files.map(({ path }, index) => writeFile(path, `{"x":"${index}"}${index % 2 ? '\n' : ''}`)));
    const columns: FileColumn[] = [{ source: 'x', name: 'x', type: 'string' }];
    const result = await run(plan([{ kind: 'files', name: 'r', files, columns }], [text('x')]));
    expect(await lines(result)).toEqual(files.map((_, index) => `"${index}"`));
  });

  it('writes null unquoted and the empty text quoted, and quotes what would end the input', async () => {
    const result = await run(plan([sql(String.raw`select * from (values (null), (''), ('\.'), ('a,b'), ('q"'))`)], [text('x')]));
    expect(await lines(result)).toEqual(['', '""', String.raw`"\."`, '"a,b"', '"q"""']);
  });

  it('renders every type as PostgreSQL reads it', async () => {
    const columns = (['integer', 'float', 'boolean', 'date', 'string'] as const).map((type) => ({ name: type, type }));
    const result = await run(plan([sql(`select 9007199254740991, 0.1::double, true, date '2020-01-02', 'x'`)], columns));
    expect(await lines(result)).toEqual(['9007199254740991,0.1,true,2020-01-02,x']);
  });

  it('gives equal rows in another order the same fingerprint, and other rows another one', async () => {
    const columns = [text('x'), text('y')];
    const fingerprint = async (query: string): Promise<string | undefined> =>
      (await run(plan([sql(query)], columns))).tables[0]?.fingerprint;
    const first = await fingerprint(`select * from (values ('a', null), ('b', 'c'))`);
    expect(await fingerprint(`select * from (values ('b', 'c'), ('a', null))`)).toBe(first);
    expect(await fingerprint(`select * from (values ('b', 'c'), (null, 'a'))`)).not.toBe(first);
    expect(await fingerprint(`select * from (values ('b', 'c'), ('a', null), ('a', null))`)).not.toBe(first);
  });

  it('computes a lookup once per distinct value', async () => {
    const seen: string[] = [];
    const resolve = (input: string): string[] => {
      seen.push(input);
      return [input.toUpperCase()];
    };
    const words: Relation = { kind: 'sql', name: 'words', materialized: true, sql: `select * from (values ('a'), ('b'), ('a')) t(w)` };
    const upper: Relation = { kind: 'lookup', name: 'upper_words', sql: 'select distinct w from words', columns: ['up'], resolve };
    const joined = sql('select up from words join upper_words on input = w order by ordinal');
    expect(await lines(await run(plan([words, upper, joined], [text('x')])))).toEqual(['"A"', '"B"', '"A"']);
    expect(seen.sort()).toEqual(['a', 'b']);
  });

  it('names the step and the kind of a failure, and never a value', async () => {
    const failure: unknown = await run(plan([sql(`select cast('Jane Doe' as date) as d`)], [text('x')])).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'transform-failed', retryable: false });
    expect(String(failure)).toMatch(/The transform failed at (relation "r"|table "t"): Conversion Error\./);
    expect(JSON.stringify([failure, String(failure)])).not.toContain('Jane');
  });

  it('names the file of a part that is not JSON', async () => {
    await writeFile(join(folder, 'bad.ndjson'), '{"x":"1"}\n{"x":"Jane\n');
    const files = [{ path: join(folder, 'bad.ndjson'), format: 'ndjson', columns: ['x'] }] as const;
    const failing = run(plan([{ kind: 'files', name: 'r', files, columns: [{ source: 'x', name: 'x', type: 'string' }] }], [text('x')]));
    await expect(failing).rejects.toThrow(/^The transform failed at relation "r": Invalid Input Error in file bad\.ndjson, line \d\.$/);
  });

  it('fails for a finding of severity error', async () => {
    const subject = plan([sql(`select 'a' as x`)], [text('x')]);
    const check = {
      severity: 'error',
      rule: 'r',
      table: 't',
      column: 'x',
      sql: 'select 2, []::varchar[]',
      describe: (count: number) => `${count} found`,
    };
    await expect(run({ ...subject, checks: [{ ...check, severity: 'error' }] })).rejects.toThrow(
      'The transform failed at the check of "t.x": 2 found.',
    );
  });

  it('stops at once when it is aborted, and removes its temporary files', async () => {
    const controller = new AbortController();
    const running = run(plan([sql(ENDLESS_SQL)], [text('x')]), controller.signal);
    controller.abort(new Error('cancelled by test'));
    await expect(running).rejects.toThrow('cancelled by test');
    expect(await readdir(spillRoot).catch(() => [])).toEqual([]);
  });

  it('stops when its time is over', async () => {
    await expect(run(plan([sql(ENDLESS_SQL)], [text('x')]), never, 300)).rejects.toThrow('it was not done after 300 ms');
    expect(await readdir(spillRoot)).toEqual([]);
  });

  it('sees no file outside the folders of the run', async () => {
    const other = await mkdtemp(join(tmpdir(), 'tributary-other-'));
    await writeFile(join(other, 'secret.csv'), 'a\n1\n');
    await expect(run(plan([sql(`select * from read_csv('${join(other, 'secret.csv')}')`)], [text('x')]))).rejects.toThrow(
      'Permission Error',
    );
    await rm(other, { recursive: true });
  });

  it('removes what dead processes left behind, and nothing else', async () => {
    const dead = `4194305-00000000-0000@${hostname()}`;
    const elsewhere = '1-00000000-0000@another-machine';
    for (const name of [dead, elsewhere, 'unrelated']) await mkdir(join(spillRoot, name), { recursive: true });
    await run(plan([sql(`select 'a'`)], [text('x')]));
    expect((await readdir(spillRoot)).sort()).toEqual([elsewhere, 'unrelated']);
  });

  it('spills instead of failing when the rows exceed its memory', async () => {
    const small = new DuckDbEngine({ memoryLimitBytes: 48 * 1024 ** 2, threads: 1, spillRoot, timeoutMs: 60_000 });
    const query = `select md5(range::varchar) || md5((range + 1)::varchar) as x from range(700000) order by x`;
    const result = await small.run(plan([sql(query)], [text('x')]), { workDir: folder }, join(folder, 'out'), {
      signal: never,
      progress: () => undefined,
    });
    expect(result.tables[0]?.rows).toBe(700_000);
  });

  describe('copyText', () => {
    it('fails on both ends when the file cannot be read', async () => {
      const { bytes, done } = engine().copyRows(parquetSource(join(folder, 'missing.parquet')), [text('x')], never);
      await expect(bytes.toArray()).rejects.toMatchObject({ code: 'transform-failed' });
      await expect(done).rejects.toMatchObject({ code: 'transform-failed' });
      expect(await readdir(spillRoot)).toEqual([]);
    });

    it('ends when the reader goes away', async () => {
      const result = await run(plan([sql('select range::varchar as x from range(2000000)')], [text('x')]));
      const { bytes, done } = engine().copyRows(parquetSource(result.tables[0]?.path ?? ''), [text('x')], never);
      bytes.once('data', () => bytes.destroy());
      await expect(done).rejects.toThrow();
      expect(await readdir(spillRoot)).toEqual([]);
    });

    it('ends when it is aborted while the reader is slow', async () => {
      const result = await run(plan([sql('select range::varchar as x from range(2000000)')], [text('x')]));
      const controller = new AbortController();
      const { bytes, done } = engine().copyRows(parquetSource(result.tables[0]?.path ?? ''), [text('x')], controller.signal);
      bytes.once('readable', () => controller.abort(new Error('cancelled by test')));
      await expect(done).rejects.toThrow();
      expect(bytes.destroyed).toBe(true);
    });
  });
});
