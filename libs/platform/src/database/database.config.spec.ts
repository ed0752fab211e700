import { databaseConfig } from './database.config';

const OLD = {
  POSTGRES_HOST: 'db',
  POSTGRES_PORT: '5433',
  POSTGRES_DATABASE_NAME: 'ctmd',
  POSTGRES_USER: 'u',
  POSTGRES_PASSWORD: 'p@:/?#% \\',
};

describe('databaseConfig', () => {
  it('reads the old deployment’s variables, whatever the password holds', () => {
    const { control } = databaseConfig.read(OLD);
    expect(control).toMatchObject({ host: 'db', port: 5433, database: 'ctmd', user: 'u' });
    expect(control.password?.reveal()).toBe('p@:/?#% \\');
  });

  it('prefers DATABASE_URL, and keeps the warehouse there unless it is named', () => {
    const own = databaseConfig.read({ ...OLD, DATABASE_URL: 'postgresql://a:b@here/one' });
    expect([own.control.database, own.warehouse.database]).toEqual(['one', 'one']);
    expect(databaseConfig.read({ DATABASE_URL: 'postgresql://a@here/one', DEST_DB_URL: 'postgresql://a@there/two' }).warehouse.host).toBe(
      'there',
    );
    expect(
      databaseConfig.read({ DATABASE_URL: 'postgresql://a@x/1', DEST_DB_URL: 'postgresql://a@x/2', WAREHOUSE_URL: 'postgresql://a@x/3' })
        .warehouse.database,
    ).toBe('3');
  });

  it('names further sources by the end of their variable', () => {
    const { connections } = databaseConfig.read({ DATABASE_URL: 'postgresql://a@x/1', CONNECTION_PACS: 'mysql://m@pacs/images' });
    expect(connections.get('pacs')).toMatchObject({ host: 'pacs', database: 'images' });
  });

  it('says what is missing, and which named source is bad, without its value', () => {
    expect(databaseConfig.faults({})).toEqual([expect.stringMatching(/^DATABASE_URL: required/)]);
    expect(databaseConfig.faults({ POSTGRES_HOST: 'db' })).toEqual(['POSTGRES_DATABASE_NAME: required', 'POSTGRES_USER: required']);
    expect(databaseConfig.faults({ DATABASE_URL: 'postgresql://a@x/1', CONNECTION_PACS: 'secret words' })).toEqual([
      'CONNECTION_PACS: expected a database URL',
    ]);
  });

  it('refuses the passwords of the examples in production, wherever they stand', () => {
    const env = {
      DATABASE_URL: 'postgresql://a:own@x/1',
      SOURCE_DB_URL: 'postgresql://user:password@x/2',
      CONNECTION_PACS: 'mysql://m:password@y/3',
    };
    expect(databaseConfig.faults({ ...env, NODE_ENV: 'production' }).map((fault) => fault.split(':')[0])).toEqual([
      'SOURCE_DB_URL',
      'CONNECTION_PACS',
    ]);
    expect(databaseConfig.faults({ ...OLD, POSTGRES_PASSWORD: 'pipeline_password', NODE_ENV: 'production' })).toHaveLength(1);
    expect(databaseConfig.faults(env)).toEqual([]);
  });
});
