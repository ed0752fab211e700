import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { quoteLiteral } from '../sql-text';
import { castField } from './casts';
import type { MappedType } from './mapped-type';

describe('castField (DuckDB)', () => {
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;
  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:');
    connection = await instance.connect();
  });
  afterAll(() => {
    connection.closeSync();
    instance.closeSync();
  });

  async function cast(text: string | null, type: MappedType): Promise<string | null> {
    const value = text === null ? 'null::varchar' : quoteLiteral(text);
    const [row] = (await connection.runAndReadAll(`select cast(${castField('v', type)} as varchar) from (select ${value} as v)`)).getRows();
    return row?.[0] === null ? null : String(row?.[0]);
  }

  it.each([
    ['007', '7'],
    ['+8', '8'],
    ['-3', '-3'],
    ['12.9', '12'],
    ['5.', '5'],
    ['.5', '0'],
    ['2147483647', '2147483647'],
    ['', null],
    [' 5', null],
    ['5 ', null],
    ['1e2', null],
    ['1,000', null],
    ['-', null],
    ['2147483648', null],
    ['1_000', null],
    [null, null],
    // T1
    ['19.8', '19'],
    ['+4', '4'],
    [' 4', null],
    ['4e1', null],
    ['3000000000', null],
  ])('T1: reads the int %j as %j', async (text, expected) => {
    expect(await cast(text, 'integer')).toBe(expected);
  });

  it.each([
    ...['t', 'true', 'y', 'yes', '1', 'Y', 'TRUE'].map((text) => [text, 'true'] as const),
    ...['f', 'false', 'n', 'no', '0', 'No'].map((text) => [text, 'false'] as const),
    ...['2', 'on', '', ' 1', 'yes\n', null].map((text) => [text, null] as const),
  ])('T2: reads the boolean %j as %j', async (text, expected) => {
    expect(await cast(text, 'boolean')).toBe(expected);
  });

  it.each([
    ['2021-03-04', '2021-03-04'],
    ['2021-3-4', '2021-03-04'],
    ['2021-003-0004', '2021-03-04'],
    ['2021-03', '2021-03-01'],
    ['2021', '2021-01-01'],
    ['2021-03-04 10:11', '2021-03-04'],
    ['2021-03-04Tx', '2021-03-04'],
    ['2021-03-04 \n', '2021-03-04'],
    ['03/04/2021', null],
    ['03-04-2021', null],
    ['21-03-04', null],
    ['2021-02-30', null],
    ['2021-00-10', null],
    ['0000-01-01', null],
    [' 2021-03-04', null],
    ['', null],
    [null, null],
    // T3
    ['2020-2-3', '2020-02-03'],
    ['2020-13-01', null],
    ['02/03/2020', null],
    ['2020-02-03 11:00', '2020-02-03'],
    ['2020', '2020-01-01'],
  ])('T3: reads the date %j as %j', async (text, expected) => {
    expect(await cast(text, 'date')).toBe(expected);
  });

  it.each([
    ['5', '5.0'],
    ['-1.5e3', '-1500.0'],
    ['.5', '0.5'],
    ['1,000', null],
    ['nan', null],
    ['1e999', null],
    [' 5', null],
    ['', null],
  ])('reads the float %j as %j', async (text, expected) => {
    expect(await cast(text, 'float')).toBe(expected);
  });

  it.each(['', ' x ', null])('leaves the text %j as it is', async (text) => {
    expect(await cast(text, 'string')).toBe(text);
  });
});
