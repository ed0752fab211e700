import { randomUUID } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { sourcePoolConfig } from '@app/ingestion';
import { Publisher, Warehouse } from '@app/persistence';
import {
  configModule,
  ControlDatabaseModule,
  databaseConfig,
  objectStoreConfig,
  SecretsModule,
  secretsConfig,
  StagingModule,
} from '@app/platform';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { codeConfig } from '@app/transform';
import { DefinitionEntity } from '../definitions/definition.entity';
import { DefinitionService } from '../definitions/definition.service';
import { redcapSyncConfig } from '../redcap/redcap-sync.config';
import { RunEntity } from '../runs/run.entity';
import { Connectors } from '../stages/connectors';
import { Targets } from '../stages/targets';
import { quarantineId } from './quarantine-keeper';
import { QuarantineReplay } from './quarantine-replay';
import { QuarantineRows } from './quarantine-rows';
import { QuarantineEntity } from './quarantine.entity';

const COLUMNS = [
  { name: 'id', type: 'integer' },
  { name: 'weight', type: 'float' },
  { name: 'note', type: 'string' },
];
const RULES = [{ rule: 'range', column: 'weight', min: 1 }, { rule: 'unique', columns: ['id'] }]; // prettier-ignore
const definition = (rules: readonly object[], load: object = {}): object => ({
  name: 'ward',
  source: { kind: 'redcap' },
  target: { schema: 'public' },
  load,
  validate: { onError: 'quarantine', rules: { Visit: { rules } } },
});

describe('QuarantineReplay (postgres)', () => {
  let test: TestDatabase;
  let app: TestingModule;
  let replay: QuarantineReplay;
  let rows: QuarantineRows;
  const run = randomUUID();
  const control = (taskId: string = randomUUID()) => ({ taskId, signal: new AbortController().signal, progress: () => undefined });
  const ALL = { definition: 'ward' };

  beforeAll(async () => {
    test = await createTestDatabase();
    Object.assign(process.env, { DATABASE_URL: test.url });
    app = await Test.createTestingModule({
      imports: [
        configModule([databaseConfig, secretsConfig, objectStoreConfig, redcapSyncConfig, codeConfig, sourcePoolConfig]),
        SecretsModule,
        StagingModule,
        ControlDatabaseModule,
        TypeOrmModule.forFeature([DefinitionEntity, RunEntity, QuarantineEntity]),
      ],
      providers: [
        Connectors,
        DefinitionService,
        { provide: Warehouse, useFactory: () => new Warehouse(test.pool) },
        Publisher,
        Targets,
        QuarantineRows,
        QuarantineReplay,
      ],
    }).compile();
    [replay, rows] = [app.get(QuarantineReplay), app.get(QuarantineRows)];
  });
  afterAll(async () => {
    await app.close();
    await test.drop();
  });
  beforeEach(async () => {
    await test.pool.query(`truncate tributary.quarantine, tributary.definition; drop table if exists "Visit";
      create table "Visit" (id bigint, weight double precision, note character varying); insert into "Visit" values (1, 70, 'there')`);
    await app.get(DefinitionService).put(definition(RULES), 'test');
    await app.get(Publisher).publish({ runId: run, schema: 'public', tables: [], loaded: [], locks: [], allowShrink: true, dryRun: false }, control()); // prettier-ignore
  });

  /** Sets rows aside as a run of a table does that each run renews. */
  const setAside = async (
    values: readonly (readonly [string | null, string | null, string | null])[],
    publication: string = run,
  ): Promise<string[]> => {
    const ids: string[] = [];
    for (const [index, [id, weight, note]] of values.entries()) {
      ids.push(quarantineId(publication, 'Visit', index + 1));
      await test.pool.query(
        `insert into tributary.quarantine (id, run_id, publication, definition_name, table_name, columns, row, rule, message, part, line, renewed)
         values ($1, $2, $3, 'ward', 'Visit', $4, $5, 'range', 'refused', 'table-0000', $6, true)`,
        [ids.at(-1), run, publication, JSON.stringify(COLUMNS), JSON.stringify({ id, weight, note }), index + 1],
      );
    }
    return ids;
  };
  const visits = async (): Promise<unknown[]> =>
    (await test.pool.query<{ id: number; weight: number; note: string | null }>('select id::int, weight, note from "Visit" order by id, weight'))
      .rows.map(({ id, weight, note }) => [id, weight, note]); // prettier-ignore
  const states = async (): Promise<unknown[]> =>
    (await rows.list({ definition: 'ward' }, 10, 0)).rows.reverse().map(({ state, message }) => [state, message]);
  const edit = (id: string, values: object): Promise<unknown> =>
    test.pool.query('update tributary.quarantine set edits = $2 where id = $1', [id, JSON.stringify(values)]);

  it('adds the rows that pass now, exactly as they were, and says why the others do not', async () => {
    await setAside([['2', '0.1', 'two, "quoted"'], ['3', '-1', ''], ['4', '2', null]]); // prettier-ignore
    await app.get(DefinitionService).put(definition([{ rule: 'range', id: 'positive', column: 'weight', min: 0 }]), 'test');
    expect(await replay.run(ALL, control())).toEqual({ replayed: 2, refused: 1 });
    expect(await visits()).toEqual([[1, 70, 'there'], [2, 0.1, 'two, "quoted"'], [4, 2, null]]); // prettier-ignore
    expect(await states()).toEqual([['replayed', 'refused'], ['waiting', 'Column weight of row 2 must be 0 or more'], ['replayed', 'refused']]); // prettier-ignore
  });

  it('takes what a person gave in place of a value, for that row alone', async () => {
    const [first, second] = await setAside([['2', '-2', 'a'], ['3', '-3', '']]); // prettier-ignore
    await edit(first!, { weight: '72.5' });
    expect(await replay.run({ ...ALL, id: first! }, control())).toEqual({ replayed: 1, refused: 0 });
    expect(await visits()).toEqual([[1, 70, 'there'], [2, 72.5, 'a']]); // prettier-ignore
    expect((await rows.find(second!))?.state).toBe('waiting');
    expect((await rows.find(first!))?.row).toEqual({ id: '2', weight: '72.5', note: 'a' });
  });

  it('adds a row once, however often it is asked for', async () => {
    const [id] = await setAside([['2', '2', null]]);
    const task = randomUUID();
    const both = await Promise.allSettled([replay.run({ ...ALL, id: id! }, control(task)), replay.run({ ...ALL, id: id! }, control(task))]);
    // A worker that was given up and comes late may find its row there, or on its way.
    expect(both).toContainEqual({ status: 'fulfilled', value: { replayed: 1, refused: 0 } });
    expect(await replay.run(ALL, control())).toEqual({ replayed: 0, refused: 0 });
    expect(await replay.run({ ...ALL, id: id! }, control())).toEqual({ replayed: 0, refused: 0 });
    expect(await visits()).toHaveLength(2);
  });

  it('goes on where a worker was killed, before and after the warehouse had the rows', async () => {
    const [id] = await setAside([['2', '2', null]]);
    const task = randomUUID();
    await rows.claim(task, [id!]);
    expect(await replay.run(ALL, control(task))).toEqual({ replayed: 1, refused: 0 });
    await test.pool.query(`update tributary.quarantine set state = 'waiting', replayed_at = null`);
    expect(await replay.run(ALL, control(task))).toEqual({ replayed: 1, refused: 0 });
    expect(await visits()).toHaveLength(2);
  });

  it('finds out what became of a replay that another task takes over', async () => {
    const [written, unwritten] = await setAside([['2', '2', null], ['3', '3', null]]); // prettier-ignore
    const [ended, given] = [randomUUID(), randomUUID()];
    await replay.run({ ...ALL, id: written! }, control(ended));
    await test.pool.query(`update tributary.quarantine set state = 'waiting' where id = $1`, [written]);
    await rows.claim(given, [unwritten!]);
    expect(await replay.run(ALL, control())).toEqual({ replayed: 1, refused: 0 });
    expect(await visits()).toEqual([[1, 70, 'there'], [2, 2, null], [3, 3, null]]); // prettier-ignore
    // The one that was given up writes nothing any more, should its worker wake up.
    await test.pool.query(`update tributary.quarantine set claim = $2, state = 'waiting' where id = $1`, [unwritten, given]);
    await replay.run(ALL, control(given));
    expect(await visits()).toHaveLength(3);
  });

  it('keeps rows from repeating what the table holds already, unless the table is written by key', async () => {
    await setAside([['1', '5', null], ['2', '5', null]]); // prettier-ignore
    expect(await replay.run(ALL, control())).toEqual({ replayed: 1, refused: 1 });
    expect((await states())[0]).toEqual(['waiting', 'Column id of row 1 repeats id of an earlier row']);
    await test.pool.query('create unique index on "Visit" (id)');
    await app.get(DefinitionService).put(definition(RULES, { strategy: 'upsert', keys: ['id'] }), 'test');
    expect(await replay.run(ALL, control())).toEqual({ replayed: 1, refused: 0 });
    expect(await visits()).toEqual([[1, 5, null], [2, 5, null]]); // prettier-ignore
  });

  it('changes nothing, and leaves the rows, when the warehouse refuses one', async () => {
    const ids = await setAside([['2', '2', null], ['3', '3', null]]); // prettier-ignore
    await edit(ids[1]!, { id: 'not a number' });
    await expect(replay.run(ALL, control())).rejects.toMatchObject({
      code: 'load-failed',
      message: expect.not.stringContaining('not a number'),
    });
    expect(await visits()).toHaveLength(1);
    await edit(ids[1]!, { id: '3' });
    expect(await replay.run(ALL, control())).toEqual({ replayed: 2, refused: 0 });
    expect(await visits()).toHaveLength(3);
  });

  it('leaves rows whose run did not publish', async () => {
    const [id] = await setAside([['2', '2', null]], 'never published');
    expect(await replay.run(ALL, control())).toEqual({ replayed: 0, refused: 0 });
    await expect(replay.run({ ...ALL, id: id! }, control())).rejects.toMatchObject({ code: 'quarantine-not-waiting' });
  });

  it('takes rows for superseded once a later run has renewed their table', async () => {
    await setAside([['2', '2', null]]);
    const insert = (id: string, tables: unknown, dryRun = false): Promise<unknown> =>
      test.pool.query(
        `insert into tributary.run (id, definition_name, definition_version, parameters, full_extract, dry_run, trigger, task_id, tables) values ($1, 'ward', 1, '{}', false, $3, 'api', $1, $2)`,
        [id, JSON.stringify(tables), dryRun],
      );
    await insert(run, [{ table: 'Visit' }]);
    await insert(randomUUID(), [{ table: 'Other' }]);
    await insert(randomUUID(), [{ table: 'Visit' }], true);
    expect(await states()).toEqual([['waiting', 'refused']]);
    await insert(randomUUID(), [{ table: 'Visit' }]);
    expect(await states()).toEqual([['superseded', 'refused']]);
    expect(await replay.run(ALL, control())).toEqual({ replayed: 0, refused: 0 });
    expect(await visits()).toHaveLength(1);
    await test.pool.query('delete from tributary.run');
  });
});
