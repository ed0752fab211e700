import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlDatabaseOptions, parseDatabaseUrl } from '@app/platform';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { DuckDbEngine, noTransform, type StreamInput, type TransformResult } from '@app/transform';
import { DataSource } from 'typeorm';
import { SchemaRegistry } from './schema-registry';
import { SchemaValidation } from './schema-validation';
import { schemaValidationSchema } from './schema-validation.schema';
import { SchemaVersionEntity } from './schema-version.entity';

const signal = new AbortController().signal;
const INPUT = {
  columns: [
    { name: 'n', dtype: 'int' },
    { name: 'kept', dtype: 'string', default: 'yes' },
  ],
};
const OUTPUT = {
  columns: [
    { name: 'kept', dtype: 'string' },
    { name: 'n', dtype: 'float' },
  ],
};

describe('SchemaValidation (postgres, duckdb)', () => {
  let database: TestDatabase;
  let source: DataSource;
  let schemas: SchemaRegistry;
  let folder: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    source = new DataSource({ ...controlDatabaseOptions(parseDatabaseUrl(database.url), 2), entities: [SchemaVersionEntity] });
    await source.initialize();
    schemas = new SchemaRegistry(source.getRepository(SchemaVersionEntity));
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-schema-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Passes `n,extra` rows through both checks. */
  async function run(config: object, rows: string): Promise<TransformResult> {
    const path = join(folder, 'rows.csv');
    await writeFile(path, `n,extra\n${rows}\n`);
    const files = [{ path, format: 'csv' as const, columns: ['n', 'extra'], rows: 2, sha256: '0' }];
    const staged: StreamInput = { stream: 'rows', files, columns: ['n', 'extra'], types: new Map() };
    const engine = new DuckDbEngine({ memoryLimitBytes: 128 * 1024 ** 2, threads: 1, spillRoot: join(folder, 'spill'), timeoutMs: 60_000 });
    const validation = new SchemaValidation(schemas, engine);
    const settings = schemaValidationSchema.parse(config);
    const { streams, issues } = await validation.before(settings, new Map([['rows', staged]]), { workDir: folder, signal });
    const compiled = await noTransform.compile({}, { streams, workDir: folder, signal, table: 't' });
    const plan = await validation.after(settings, compiled, issues);
    return engine.run(plan, { workDir: folder }, join(folder, 'out'), { signal, progress: () => undefined });
  }

  it('holds rows to a registered schema before the transform and to one written out after it', async () => {
    await schemas.register('numbers', INPUT, { createdBy: 'test', allowBreaking: false });
    const { tables, issues, streamed } = await run({ input: 'numbers', output: OUTPUT, allow_extra_columns: false }, '1,a\nx,b');
    expect([tables.map(({ table }) => table.columns), streamed]).toEqual([
      [
        [
          { name: 'kept', type: 'string' },
          { name: 'n', type: 'float' },
        ],
      ],
      [],
    ]);
    expect(issues.map(({ message }) => message)).toEqual([
      `Missing columns were added: {'kept'}`,
      `Extra columns were dropped: {'extra'}`,
      '1 failed conversion to integer in column "n"',
    ]);
  });

  it('writes rows that an input schema changed, even if no transform follows', async () => {
    const { tables, streamed } = await run({ input: INPUT }, '1,a\n2,b');
    expect([tables.map(({ rows }) => rows), streamed]).toEqual([[2], []]);
  });

  it('leaves rows alone without a schema', async () => {
    const { tables, streamed } = await run({}, '1,a\n2,b');
    expect([tables, streamed.map(({ rows }) => rows)]).toEqual([[], [2]]);
  });

  it('fails before anything is loaded when strict', async () => {
    const strict = { strict: true, allow_extra_columns: true };
    const only = { columns: [{ name: 'n', dtype: 'int' }] };
    await expect(run({ input: only, ...strict }, 'x,a\n1,b')).rejects.toThrow(/Schema validation failed: 1 failed conversion to integer/);
    await expect(run({ output: INPUT, ...strict }, '1,a')).rejects.toThrow(/Missing required columns: \{'kept'\}/);
    await expect(run({ output: 'unknown' }, '1,a')).rejects.toThrow("Schema 'unknown' not found in registry");
  });

  it('records the columns of a loaded table as versions, once each', async () => {
    const columns = [{ name: 'a', type: 'integer' as const, nullable: false }];
    const versions = [];
    for (const shape of [columns, columns, [...columns, { name: 'b', type: 'json' as const, nullable: true }]]) {
      await schemas.record('public.t', shape, 'run:1');
      versions.push((await schemas.get('public.t')).version);
    }
    expect(versions).toEqual([1, 1, 2]);
    expect(await schemas.compare('public.t', 1, 2)).toMatchObject({ added_columns: ['b'], version_to: 2 });
  });
});
