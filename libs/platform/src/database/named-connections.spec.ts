import { SealedSecrets } from '../secrets/sealed';
import { SecretResolver } from '../secrets/secret-resolver';
import { databaseConfig } from './database.config';
import { NamedConnections } from './named-connections';

const ENV = {
  DATABASE_URL: 'postgresql://app@control/tributary',
  SOURCE_DB_URL: 'postgresql://reader@source/default',
  CONNECTION_GARDEN: 'mysql+pymysql://m@trays/garden',
};
const sealed = new SealedSecrets(Buffer.alloc(32, 1));
const connectionsOf = (env: Record<string, string>): NamedConnections =>
  new NamedConnections(databaseConfig.read(env), new SecretResolver({ env, vault: null, sealed }));

describe('NamedConnections', () => {
  const connections = connectionsOf(ENV);

  it('finds a database by its name in any letter case', async () => {
    expect((await connections.open('garden')).host).toBe('trays');
    expect((await connections.open('GARDEN')).dialect).toBe('mysql');
    expect([connections.isKnown('Garden'), connections.isKnown('meadow')]).toEqual([true, false]);
  });

  it('opens what was sealed', async () => {
    const reference = sealed.seal('postgresql://u:p%40ss@elsewhere/db');
    expect(connections.isKnown(reference)).toBe(true);
    expect((await connections.open(reference)).password?.reveal()).toBe('p@ss');
  });

  it('names a connection that is missing, and those there are', async () => {
    await expect(connections.open('meadow')).rejects.toThrow(
      'There is no connection meadow; set CONNECTION_MEADOW. Configured are: garden.',
    );
  });

  it('reads SOURCE_DB_URL where a pipeline names no source, and says so where that is unset', async () => {
    expect((await connections.source(null)).database).toBe('default');
    expect((await connections.source('garden')).database).toBe('garden');
    const bare = connectionsOf({ ...ENV, SOURCE_DB_URL: '' });
    await expect(bare.source(null)).rejects.toThrow('SOURCE_DB_URL is not set');
    expect(bare.hasDefaultSource).toBe(false);
  });
});
