import { databaseSourceConfigSchema } from './database.config';

const parse = (settings: object) => databaseSourceConfigSchema.safeParse({ url: 'postgresql://h/d', query: 'SELECT 1', ...settings });
const paths = (settings: object) => (parse(settings).error?.issues ?? []).map(({ path }) => path.join('.'));

describe('databaseSourceConfigSchema', () => {
  it('completes a query', () => {
    expect(parse({}).data).toMatchObject({ parameters: {}, batchSize: 10_000, readers: 2, statementTimeoutSeconds: 3_600 });
  });

  it.each([0, null, undefined])('takes a batch size of %p for the default', (batchSize) => {
    expect(parse({ batchSize }).data?.batchSize).toBe(10_000);
  });

  it('takes every JSON value for a parameter but objects and lists in lists', () => {
    expect(parse({ parameters: { a: 'x', b: 1.5, c: true, d: null, e: [1, 'x', null] } }).success).toBe(true);
    expect(parse({ parameters: null }).data?.parameters).toEqual({});
    expect(paths({ parameters: { a: { b: 1 }, c: [[1]] } })).toEqual(['parameters.a', 'parameters.c']);
  });

  it('names all faults at once', () => {
    const faults = paths({
      query: ' ',
      batchSize: -1,
      partition: { column: 'id', count: 2, size: 3 },
      incremental: { lag: 5 },
      deletes: { key: [] },
      readers: 99,
      connection: 'not a name',
      colour: 'red',
    });
    expect(faults.sort()).toEqual(
      ['', 'batchSize', 'connection', 'deletes.key', 'incremental.column', 'partition', 'query', 'readers'].sort(),
    );
  });

  it('never repeats a value in a message', () => {
    const { error } = parse({ parameters: { a: { secret: 'hunter22' } }, url: 5 });
    expect(JSON.stringify(error?.issues)).not.toContain('hunter22');
  });
});
