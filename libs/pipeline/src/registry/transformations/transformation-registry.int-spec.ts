import { controlDatabaseOptions, parseDatabaseUrl } from '@app/platform';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { DataSource } from 'typeorm';
import { definitionSchema } from '../../definitions/definition';
import type { Connectors } from '../../stages/connectors';
import { TransformationRegistry } from './transformation-registry';
import { TransformationVersionEntity } from './transformation-version.entity';

const anything: Pick<Connectors, 'transformFaults'> = { transformFaults: () => [] };

describe('TransformationRegistry (postgres)', () => {
  let database: TestDatabase;
  let source: DataSource;
  let registry: TransformationRegistry;
  beforeAll(async () => {
    database = await createTestDatabase();
    source = new DataSource({ ...controlDatabaseOptions(parseDatabaseUrl(database.url), 2), entities: [TransformationVersionEntity] });
    await source.initialize();
    registry = new TransformationRegistry(source.getRepository(TransformationVersionEntity), anything);
    for (const query of ['select 1', 'select 2']) {
      await registry.register('x', { type: 'sql', body: { sql_query: query, parameters: { a: 1 } }, description: null }, 'test');
    }
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  const definition = (transform: unknown) => definitionSchema.parse({ name: 'p', source: { kind: 's' }, transform });

  it('puts the registered bodies into a definition and says which versions they are', async () => {
    const steps = [
      { kind: 'sql', config: { transformation_id: 'x', version: 1 } },
      { kind: 'config', config: { select: ['a'] } },
      { kind: 'sql', config: { transformation_id: 'x', parameters: { a: 2 } } },
    ];
    const { definition: resolved, used } = await registry.resolveDefinition(definition(steps));
    expect(resolved.transform).toEqual([
      { kind: 'sql', config: { sql_query: 'select 1', parameters: { a: 1 } } },
      steps[1],
      { kind: 'sql', config: { sql_query: 'select 2', parameters: { a: 2 } } },
    ]);
    expect(used).toEqual([
      { transformation_id: 'x', version: 1 },
      { transformation_id: 'x', version: 2 },
    ]);
  });

  it('goes on with the versions that a run began with', async () => {
    const steps = [
      { kind: 'sql', config: { transformation_id: 'y' } },
      { kind: 'sql', config: { transformation_id: 'y', version: 1 } },
    ];
    for (const n of [1, 2]) await registry.register('y', { type: 'sql', body: { n }, description: null }, 'test');
    const { used } = await registry.resolveDefinition(definition(steps));
    await registry.register('y', { type: 'sql', body: { n: 3 }, description: null }, 'test');
    const again = await registry.resolveDefinition(definition(steps), used);
    expect(again.definition.transform).toMatchObject([{ config: { n: 2 } }, { config: { n: 1 } }]);
    expect((await registry.resolveDefinition(definition(steps))).used[0]).toEqual({ transformation_id: 'y', version: 3 });
  });

  it('leaves a definition without transform, or with one alone, in its form', async () => {
    const none = definition(undefined);
    expect((await registry.resolveDefinition(none)).definition.transform).toBeUndefined();
    const one = definition({ kind: 'sql', config: { transformation_id: 'x' } });
    expect((await registry.resolveDefinition(one)).definition.transform).toMatchObject({ config: { sql_query: 'select 2' } });
  });

  it('refuses one of another kind, and one that does not exist', async () => {
    await expect(registry.resolve('config', { transformation_id: 'x' })).rejects.toThrow(
      'Transformation x is of type sql, and is used as config.',
    );
    await expect(registry.resolve('sql', { transformation_id: 'x', version: 3 })).rejects.toThrow(
      "Version 3 not found for transformation 'x'",
    );
  });
});
