import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiServer } from '../../e2e/api-server';
import { aDefinition, aFailedRun, aRun, RUN_ID, TASK_ID } from '../../e2e/answer-builders';
import { tributary, type Outcome } from '../../e2e/tributary';
import type { Drop, Run } from '../api/answers';

const FILE_KEYS = { dbtable: 'tree', column_count: 2, columns: ['tree_id', 'species'] };
const ORCHARD = {
  bucket: 'drops',
  source: 'client',
  destination: 'processed',
  directory: 'orchard',
  doc: 'orchard-export.*',
  schema: 'orchard',
  truncate: true,
  delim: '|',
  files: { trees: FILE_KEYS, picks: { ...FILE_KEYS, dbtable: 'pick' } },
};
const READING = {
  ...{ bucket: 'drops', source: 'client', destination: 'processed', directory: 'dd', doc: 'f.*csv', delim: ',', truncate: false },
  ...{ dbtable: 'mart.reading', column_count: 2, columns: ['a', 'b'] },
};
const aDrop = (key: string, change: Partial<Drop> = {}): Drop => ({
  key: `client/orchard/${key}`,
  state: 'MARKED',
  outcome: 'loaded',
  finding: null,
  reason: null,
  copiedTo: `processed/good/client/orchard/${key}`,
  tables: [
    { table: 'orchard.tree', loaded: true },
    { table: 'orchard.pick', loaded: true },
  ],
  ...change,
});
const aBadDrop = (key: string, finding: string): Drop =>
  aDrop(key, {
    state: 'REJECTED',
    outcome: 'rejected',
    finding,
    reason: `${finding}: member trees.csv`,
    copiedTo: 'processed/bad/x',
    tables: [],
  });
const aWaitingDrop = (key: string): Drop => aDrop(key, { state: 'DISCOVERED', outcome: 'waiting', copiedTo: null, tables: [] });

describe('tributary drop', () => {
  let server: ApiServer;
  let folder: string;
  beforeAll(async () => {
    server = await ApiServer.start();
    folder = await mkdtemp(join(tmpdir(), 'drop-command-'));
  });
  beforeEach(() => server.reset());
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const path = (name: string): string => join(folder, name);

  /** Runs the command over a configuration for which the API has these answers. */
  async function drop(config: object, drops: readonly Drop[], run: Run = aRun(), flags = ''): Promise<Outcome> {
    await writeFile(path('Orchard.json'), JSON.stringify(config));
    server.on('PUT /definitions/orchard', { body: aDefinition() });
    server.on('POST /runs', { status: 202, body: { runId: RUN_ID, taskId: TASK_ID } });
    server.on(`GET /runs/${RUN_ID}`, { body: run });
    server.on(`GET /drops?run=${RUN_ID}&limit=1000&offset=0`, { body: drops });
    return tributary(server, `drop ${path('Orchard.json')} ${flags}`);
  }

  it('stores the configuration as a definition of its base name, and starts a run of it', async () => {
    await drop(ORCHARD, [], aRun(), '--dry-run --replay client/orchard/a.tgz');
    expect(server.requests.slice(0, 2)).toMatchObject([
      { route: 'PUT /definitions/orchard', body: { source: { kind: 'drop', config: ORCHARD } } },
      { route: 'POST /runs', body: { pipeline: 'orchard', parameters: { replay: 'client/orchard/a.tgz' }, dryRun: true } },
    ]);
  });

  it('reports on archives as operators know it', async () => {
    const drops = [aDrop('a.tgz'), aBadDrop('b.tgz', 'LOAD_REJECTED'), aWaitingDrop('c.tgz')];
    const { exitCode, stdout } = await drop(
      ORCHARD,
      drops.map((each) => (each.finding === null ? each : { ...each, tables: [{ table: 'orchard.pick', loaded: false }] })),
      aFailedRun({ startedAt: '2025-03-01T17:00:00.000Z', endedAt: '2025-03-01T17:01:02.345Z' }),
    );
    expect(exitCode).toBe(1);
    expect(stdout).toBe(`Report tributary drop:

Config: ${path('Orchard.json')}

Microservice started at: 2025-03-01 09:00:00-0800 (PST), ended at: 2025-03-01 09:01:02-0800 (PST), elapsing: 0:01:02.345000.

Objects to process: 3
Objects successfully processed: 1
Objects that failed to process: 1
Objects output to 'processed/good': 1
Objects output to 'processed/bad': 1
Tables loaded to PostgreSQL: 2/6

List of objects successfully fully ingested from S3, processed, loaded to S3 ('good'), and copied to PostgreSQL:
client/orchard/a.tgz

List of objects that failed to process:
client/orchard/b.tgz

List of objects that were not processed due to early exit:
client/orchard/c.tgz

List of tables that were successfully loaded into PostgreSQL:
orchard.tree
orchard.pick

List of tables that failed to load into PostgreSQL:
orchard.pick
`);
  });

  it('reports on single files with numbered lists, the empty ones, and a call for attention', async () => {
    const { exitCode, stdout } = await drop(READING, [aBadDrop('f1.csv', 'EMPTY_MEMBER')], aFailedRun());
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      'Report: tributary drop\n\n*** ATTN: A failure occurred. Please investigate logs/tributary drop ***\n\nConfig: ',
    );
    expect(stdout).toContain(`Objects to process: 1
Objects successfully processed: 0
Objects that failed to process: 1
Objects output to 'processed/good': 0
Objects output to 'processed/bad': 1
Objects loaded to PostgreSQL: 0
Empty Objects: 1

List of objects that failed to process:
1: client/orchard/f1.csv

List of empty objects:
1: client/orchard/f1.csv
`);
  });

  it('calls the target by its name', async () => {
    const { stdout } = await drop({ ...ORCHARD, target: { kind: 'redshift', connection: 'cluster' } }, [aDrop('a.tgz')]);
    expect(stdout).toContain('Tables loaded to Redshift: 2/2');
  });

  it('lists a drop that the surroundings failed as not processed, and counts it as failed', async () => {
    const drops = [aDrop('a.tgz', { outcome: 'interrupted', reason: 'The warehouse could not be reached.', copiedTo: null, tables: [] })];
    const { exitCode, stdout, stderr } = await drop(ORCHARD, drops, aFailedRun());
    expect(exitCode).toBe(1);
    expect(stdout).toContain('Objects that failed to process: 1\n');
    expect(stdout).toContain('early exit:\nclient/orchard/a.tgz\n');
    expect(stdout).not.toContain('List of objects that failed');
    expect(stderr).toContain('client/orchard/a.tgz: The warehouse could not be reached.');
  });

  it('leaves drops that newer ones took the place of out of the counts, and names them', async () => {
    const { exitCode, stdout } = await drop(ORCHARD, [
      aDrop('c.tgz'),
      aDrop('a.tgz', { outcome: 'superseded', copiedTo: null, tables: [] }),
    ]);
    expect([exitCode, stdout.includes('Objects to process: 1\n')]).toEqual([0, true]);
    expect(stdout).toMatch(/List of objects that are older than one that is loaded:\nclient\/orchard\/a\.tgz\n$/);
  });

  it('is silent on stdout, and ends well, when there is nothing to do', async () => {
    const outcome = await drop(ORCHARD, [], aRun({ report: { note: 'already running' } }));
    expect(outcome).toMatchObject({ exitCode: 0, stdout: '' });
    expect(outcome.stderr).toContain('already running');
  });

  it('prints everything as JSON when asked to', async () => {
    const { stdout } = await drop(ORCHARD, [aDrop('a.tgz'), aBadDrop('b.tgz', 'BAD_DATE')], aFailedRun(), '--report json');
    expect(JSON.parse(stdout)).toMatchObject({
      toProcess: 2,
      good: ['client/orchard/a.tgz'],
      failed: ['client/orchard/b.tgz'],
      run: { runId: RUN_ID },
      drops: [{ key: 'client/orchard/a.tgz' }, { finding: 'BAD_DATE', reason: 'BAD_DATE: member trees.csv' }],
    });
  });

  it.each(['', 'a.json b.json'])('shows its usage when it is given %j (F-39)', async (paths) => {
    const outcome = await tributary(server, `drop ${paths}`);
    expect(outcome).toEqual({ exitCode: 1, stdout: 'Usage: tributary drop config.json\n', stderr: '' });
  });

  it('names a file that does not exist', async () => {
    const outcome = await tributary(server, `drop ${path('x.json')}`);
    expect(outcome).toEqual({ exitCode: 1, stdout: `Invalid file name ${path('x.json')}\n`, stderr: '' });
  });

  it('names every fault of a configuration by its key, and asks the API nothing', async () => {
    const files = {
      trees: { ...FILE_KEYS, column_count: 4 },
      picks: { ...FILE_KEYS, dbtable: 'pick', dateformat: [{ field: 'nowhere', format: '%Y' }] },
    };
    const { exitCode, stdout, stderr } = await drop({ ...ORCHARD, files }, []);
    expect([exitCode, stdout, server.requests]).toEqual([1, '', []]);
    expect(stderr).toMatch(/^files\.trees\.columns .*4\n/m);
    expect(stderr).toMatch(/^files\.picks\.dateformat\.0\.field .*\n/m);
    await writeFile(path('broken.json'), '{');
    expect(await tributary(server, `drop ${path('broken.json')}`)).toMatchObject({ exitCode: 1, stderr: 'The file is not JSON.\n' });
  });

  it('sends the SQL that an old configuration switches on', async () => {
    await writeFile(path('merge.sql'), 'update mart.reading set a = b');
    await drop({ ...READING, sql_query: path('merge.sql'), ldb_sku: true }, []);
    expect(server.requests[0]?.body).toMatchObject({ load: { afterSql: 'update mart.reading set a = b' } });
    server.reset();
    await drop({ ...READING, post_sql: 'select 1 -- first', sql_query: path('merge.sql'), ldb_sku: true }, []);
    expect(server.requests[0]?.body).toMatchObject({ load: { afterSql: 'select 1 -- first\n;\nupdate mart.reading set a = b' } });
    const { stderr } = await drop({ ...READING, sql_query: path('none.sql'), ldb_sku: true }, []);
    expect(stderr).toBe('sql_query names a file that cannot be read\n');
  });

  it('tells failures apart by the exit code when asked to', async () => {
    const detailed = '--detailed-exit-codes';
    const exitCodes = [
      await tributary(server, `drop ${detailed}`),
      await drop(ORCHARD, [aBadDrop('a.tgz', 'BAD_DATE')], aFailedRun(), detailed),
      await tributary(server, `drop ${path('x.json')} ${detailed}`),
      await drop(ORCHARD, [], aFailedRun(), detailed),
      await drop({ ...ORCHARD, bucket: 7 }, [], aRun(), detailed),
      await drop(ORCHARD, [aDrop('a.tgz')], aRun(), detailed),
    ].map(({ exitCode }) => exitCode);
    server.on('PUT /definitions/orchard', { status: 403, body: { detail: 'This needs the role admin.' } });
    const denied = await tributary(server, `drop ${path('Orchard.json')} ${detailed}`);
    expect([...exitCodes, denied.exitCode]).toEqual([64, 65, 66, 74, 78, 0, 77]);
  });
});
