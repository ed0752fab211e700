import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Column, ColumnType } from '@app/platform';
import { stepTransform } from '../chain/chain.transform';
import { codeStep } from '../chain/code-step';
import { DuckDbEngine, type TransformResult } from '../engines/duckdb/duckdb-engine';
import { parquetSource } from '../engines/duckdb/row-source';
import type { TransformContext } from '../transform';
import { CodeTransform, codeTransformConfigSchema } from './code.transform';

const never = new AbortController().signal;
const LIMITS = { batchRows: 2, memoryMb: 32, timeoutMs: 20_000 };
const PASS = 'export async function* transform(batches) { for await (const rows of batches) yield rows; }';

describe('CodeTransform (duckdb, threads)', () => {
  let folder: string;
  let modulesDir: string;
  const logged: unknown[] = [];

  beforeAll(() => {
    const ignore = (): void => undefined;
    Logger.overrideLogger({ log: ignore, error: ignore, warn: (...line: unknown[]) => logged.push(line) });
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-code-'));
    modulesDir = join(folder, 'modules');
    await mkdir(modulesDir);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const module = (text: string, name = 'm'): Promise<void> => writeFile(join(modulesDir, `${name}.mjs`), text);

  /** Runs module `m` over a CSV text whose header may give types, `name:type`. */
  async function run(csv: string, kwargs: object = {}, limits: Partial<typeof LIMITS> = {}, signal = never): Promise<TransformResult> {
    const [header = '', ...lines] = csv.split('\n');
    const columns = header.split(',').map((cell): Column => {
      const [name = '', type = 'string'] = cell.split(':');
      return { name, type: type as ColumnType };
    });
    const names = columns.map(({ name }) => name);
    const path = join(folder, 'in.csv');
    await writeFile(path, [names.join(','), ...lines, ''].join('\n'));
    const files = [{ path, format: 'csv' as const, columns: names, rows: lines.length }];
    const types = new Map(columns.map(({ name, type }) => [name, type]));
    const streams = new Map([['rows', { stream: 'rows', files, columns: names, types }]]);
    const context: TransformContext = { streams, workDir: folder, signal, table: 't' };
    const transform = new CodeTransform({ modulesDir, limits: { ...LIMITS, ...limits } });
    const step = stepTransform(codeStep(transform));
    const plan = await step.compile(step.configSchema.parse({ function_path: 'm', kwargs }), context);
    return engine().run(plan, context, join(folder, 'out'), { signal, progress: () => undefined });
  }

  const engine = (): DuckDbEngine =>
    new DuckDbEngine({ memoryLimitBytes: 256 * 1024 ** 2, threads: 2, spillRoot: join(folder, 'spill'), timeoutMs: 60_000 });

  async function rowsOf({ tables }: TransformResult): Promise<string[]> {
    const { bytes, done } = engine().copyRows(parquetSource(tables[0]!.path), tables[0]!.table.columns, never);
    let text = '';
    for await (const chunk of bytes) text += String(chunk);
    await done;
    return text
      .split('\n')
      .slice(0, -1)
      .map((row) => row.replace(/^"(\d*)"$/, '$1')); // a lone column comes quoted
  }
  const shapeOf = ({ tables }: TransformResult): string[] => tables[0]!.table.columns.map(({ name, type }) => `${name} ${type}`);
  const refusal = async (text: string, limits: Partial<typeof LIMITS> = {}): Promise<string> => {
    await module(text);
    return run('a\nJane', {}, limits).then(
      () => 'no error',
      (error: unknown) => String(error),
    );
  };

  it('hands rows over in batches with the values of each type, and keeps the types of columns that it hands back', async () => {
    await module(PASS.replace('yield rows', 'yield rows.map((row) => ({ ...row, seen: JSON.stringify(row), size: rows.length }))'));
    const result = await run(
      'i:integer,d:decimal,f:float,b:boolean,day:date,at:timestamp,z:timestamptz,u:uuid,x:bytes,j:json,t\n' +
        String.raw`9007199254740993,12.5,3,t,2025-04-02,2025-04-02 08:00:00.25,2025-04-02 08:00:00+02,00000000-0000-4000-8000-000000000001,\xab01,"{""k"":1}",N1` +
        '\n7,1,0.5,f,infinity,infinity,-infinity,,,,\n,,,,,,,,,,""',
    );
    expect(shapeOf(result)).toEqual([
      ...['i integer', 'd decimal', 'f float', 'b boolean', 'day date', 'at timestamp', 'z timestamptz', 'u uuid', 'x bytes', 'j json'],
      ...['t string', 'seen string', 'size integer'],
    ]);
    const rows = await rowsOf(result);
    expect(rows.map((row) => row.at(-1))).toEqual(['2', '2', '1']);
    expect(rows[0]).toContain('9007199254740993,12.5');
    for (const part of [`""i"":""9007199254740993""`, `""f"":3,""b"":true,""day"":""2025-04-02""`, `""at"":""2025-04-02T08:00:00.25""`]) {
      expect(rows[0]).toContain(part);
    }
    expect(rows[0]).toContain(`""z"":""2025-04-02T06:00:00Z""`);
    expect(rows[1]).toMatch(/^7,.*infinity.*""i"":7,.*""at"":""infinity"",""z"":""-infinity""/);
    expect(rows[2]).toContain('""u"":null');
  });

  it('finds the types of new columns over all rows, exactly', async () => {
    await module(`export async function* transform(batches) {
      for await (const rows of batches) {} // reads all first
      yield [{ n: 1, f: 1, mixed: 1, when: new Date(0), big: 2n ** 63n, none: null }];
      yield [{ n: 2n ** 62n, f: 0.5, mixed: 'x', json: { a: [1] }, flag: true, big: 1 }];
    }`);
    const result = await run('a\n1');
    expect(shapeOf(result)).toEqual([
      ...['n integer', 'f float', 'mixed string', 'when timestamptz', 'big decimal', 'none string', 'json json', 'flag boolean'],
    ]);
    expect(result.tables[0]!.rows).toBe(2);
  });

  it('changes the type of a column whose values no longer are of it', async () => {
    await module(PASS.replace('yield rows', 'yield rows.map(({ n, day }) => ({ n: n / 2, day: `${day}?` }))'));
    expect(shapeOf(await run('n:integer,day:date\n1,2025-01-01\n2,2025-01-02'))).toEqual(['n float', 'day string']);
  });

  it('gives stated columns, also when there is no row, and refuses others', async () => {
    const stated = `export const version = 3; export const output = [{ name: 'k', type: 'integer' }, { name: 'v', type: 'date' }];`;
    await module(`${stated} export async function* transform(batches) { for await (const b of batches) yield b.map(({ k }) => ({ k })); }`);
    const empty = await run('k:integer');
    expect([shapeOf(empty), empty.tables[0]!.rows]).toEqual([['k integer', 'v date'], 0]);
    expect(empty.reports).toEqual({ code: [{ module: 'm', version: '3', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string }] });
    expect(await rowsOf(await run('k:integer\n5'))).toEqual(['5,']);
    expect(await refusal(`${stated} ${PASS}`)).toMatch(/yielded the column "a", which its output does not list/);
    expect(await refusal(`${stated} export async function* transform() { yield [{ k: 1.5 }]; }`)).toMatch(/no integer/);
  });

  it('keeps the columns that came in when nothing comes out', async () => {
    await module(PASS);
    expect(shapeOf(await run('a:integer,b'))).toEqual(['a integer', 'b string']);
  });

  it('passes kwargs and checks them against the schema of the module', async () => {
    await module(`export const kwargsSchema = { type: 'object', properties: { factor: { type: 'number' } }, required: ['factor'] };
      export async function* transform(batches, { factor }) { for await (const rows of batches) yield rows.map(({ a }) => ({ a: a * factor })); }`);
    expect(await rowsOf(await run('a:integer\n4', { factor: 3 }))).toEqual(['12']);
    await expect(run('a\n1', { factor: 'x' })).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringMatching(/factor: /) as string,
    });
  });

  it('takes an edited module at the next run', async () => {
    for (const n of [1, 2]) {
      await module(`export async function* transform() { yield [{ n: ${n} }]; }`);
      expect(await rowsOf(await run('a\n1'))).toEqual([String(n)]);
    }
  });

  it('keeps order and back-pressure over many rows', async () => {
    await module(PASS);
    const numbers = Array.from({ length: 20_000 }, (_, index) => String(index));
    expect(await rowsOf(await run(['n:integer', ...numbers].join('\n'), {}, { batchRows: 1000 }))).toEqual(numbers);
  });

  it('gives the module no environment variable of ours, and logs that it wrote to its console but not what', async () => {
    logged.length = 0;
    await module(`export async function* transform(batches) { for await (const [row] of batches) console.log('Jane', row);
      yield [{ n: Object.keys(process.env).length }]; }`);
    expect(await rowsOf(await run('a\nJane'))).toEqual(['0']);
    expect(JSON.stringify(logged)).toMatch(/wrote to its console/);
    expect(JSON.stringify(logged)).not.toContain('Jane');
  });

  it.each([
    ['export const other = 1;', /Code module m exports no function transform/],
    ['export function transform() { return []; }', /has to be an async generator/],
    ['export async function* transform() { yield { a: 1 }; }', /other than an array of plain rows/],
    ['export async function* transform() { yield [new Map()]; }', /other than an array of plain rows/],
    ['export async function* transform() { yield [{ a: () => 1 }]; }', /in column "a" that is no value/],
    ['export async function* transform() { yield [{ a: 1, A: 2 }]; }', /differ in letter case only/],
    [
      'export async function* transform(b) {\n for await (const [row] of b) throw new RangeError(row.a); }',
      /it threw RangeError at m\.mjs:2:\d+\.$/,
    ],
    [
      'export async function* transform() { setTimeout(() => { throw new TypeError("Jane"); }); await new Promise(() => {}); }',
      /it threw TypeError/,
    ],
    ['export async function* transform() { process.exit(0); }', /it ended its thread/],
    ['export async function* transform( {', /it threw SyntaxError/],
  ])('refuses %j without showing a value', async (text, reason) => {
    const message = await refusal(text);
    expect(message).toMatch(reason);
    expect(message).not.toContain('Jane');
  });

  it('ends a module that needs too much memory, or too long', async () => {
    const hungry = 'export async function* transform() { const all = []; for (;;) all.push({ a: [all.length] }); yield all; }';
    expect(await refusal(hungry)).toMatch(/needed more than 32 MB of memory/);
    expect(await refusal('export async function* transform() { for (;;); yield []; }', { timeoutMs: 300 })).toMatch(/went on for 300 ms/);
  });

  it('ends the thread when it is aborted', async () => {
    await module(`import { writeFileSync } from 'node:fs';
      export async function* transform(batches, { path }) { writeFileSync(path, ''); for (;;); yield []; }`);
    const controller = new AbortController();
    const path = join(folder, 'started');
    const running = run('a\n1', { path }, {}, controller.signal);
    running.catch(() => undefined);
    while (!existsSync(path)) await setImmediate();
    controller.abort(new Error('cancelled by test'));
    await expect(running).rejects.toThrow('cancelled by test');
  });

  it('loads modules of the folder only', async () => {
    await writeFile(join(folder, 'outside.mjs'), PASS);
    await symlink(join(folder, 'outside.mjs'), join(modulesDir, 'm.mjs'));
    await expect(run('a\n1')).rejects.toThrow(/There is no code module m/);
    for (const function_path of ['../outside', '/etc/passwd', 'a/b', 'm.mjs', 'm:transform', '']) {
      expect(codeTransformConfigSchema.safeParse({ function_path }).success).toBe(false);
    }
  });
});
