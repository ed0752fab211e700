import { QueryHarness } from '../../../test/query-harness';

describe('Optional database drivers', () => {
  it.each([
    ['mssql+pyodbc://u:hunter22@127.0.0.1/db', 'mssql'],
    ['oracle://u:hunter22@127.0.0.1/db', 'oracledb'],
  ])('names the package that %s needs, for good', async (url, name) => {
    const refused = new QueryHarness(url).rows('SELECT 1 AS one');
    await expect(refused).rejects.toMatchObject({ retryable: false, message: expect.stringContaining(`npm install ${name}`) });
    await expect(refused).rejects.not.toThrow('hunter22');
  });
});
