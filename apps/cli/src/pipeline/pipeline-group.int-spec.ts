import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiServer } from '../../e2e/api-server';
import { TASK_ID } from '../../e2e/answer-builders';
import { tributary } from '../../e2e/tributary';

const SUBMITTED = { status: 'submitted', pipeline_id: 'p-1', task_id: TASK_ID, message: 'ok', result: null };
const rows = { row_count: 5 };
const GOOD = { status: 'success', pipeline_id: 'p-1', ingestion: rows, transformation: rows, persistence: { rows_written: 5 } };
const taskState = (change: object): object => ({ task_id: TASK_ID, status: 'completed', result: GOOD, error: null, ...change });

describe('tributary pipeline', () => {
  let server: ApiServer;
  let folder: string;
  beforeAll(async () => {
    [server, folder] = await Promise.all([ApiServer.start(), mkdtemp(join(tmpdir(), 'pipeline-'))]);
    await writeFile(join(folder, 'plan.toml'), '');
    await writeFile(
      join(folder, 'ok.yaml'),
      'ingestion: {query: select}\ntransformation: {type: none}\npersistence: {table_name: stock}\n',
    );
  });
  beforeEach(() => {
    server.reset();
    server.on('POST /pipelines', { body: SUBMITTED });
  });
  afterAll(() => Promise.all([server.close(), rm(folder, { recursive: true })]));

  const run = (line: string) => tributary(server, `pipeline ${line}`);
  const STATE = `GET /tasks/${TASK_ID}`;

  it.each([
    ['', 1],
    ['bogus', 2],
    ['ingest', 2],
    ['run --strategy merge', 2],
    ['run --table-name stock', 2],
    ['ingest --query q --batch-size many', 2],
    ['transform --type sql', 2],
    ['persist --table-name stock --strategy upsert --upsert-keys ,', 2],
  ])('exits after `%s` with %i (C-15)', async (line, code) => {
    const { exitCode, stdout, stderr } = await run(line);
    expect(exitCode).toBe(code);
    expect(code === 1 ? stdout : stderr).toContain('Usage: tributary pipeline');
    expect(server.requests).toEqual([]);
  });

  it('refuses a file of another format (C-16), and one that is not there', async () => {
    expect(await run(`run --config ${folder}/plan.toml`)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'Error: Unsupported config file format: .toml\n',
    });
    expect((await run(`run --config ${folder}/none.json`)).stderr).toBe(`Error: Config file not found: ${folder}/none.json\n`);
  });

  it('lets rows pass where a file names no transform, and sends the steps that it keeps in another file', async () => {
    await writeFile(join(folder, 'steps.yaml'), 'select: [id]\n');
    const plan = { ingestion: { query: 'q' }, persistence: { table_name: 'stock' } };
    const steps = { type: 'config', config: { config: 'steps.yaml' } };
    await writeFile(join(folder, 'bare.json'), JSON.stringify(plan));
    await writeFile(join(folder, 'chain.json'), JSON.stringify({ ...plan, transformation: [steps] }));
    for (const file of ['bare.json', 'chain.json']) expect((await run(`run --config ${folder}/${file}`)).exitCode).toBe(0);
    const inFlag = JSON.stringify({ config: join(folder, 'steps.yaml') });
    await run(`run --query q --table-name stock --transform-type config --transform-config ${inFlag}`);
    const inlined = { type: 'config', config: { config: { select: ['id'] } } };
    expect(
      server.requests.map(({ body }) => (body as { pipeline_config: { transformation: unknown } }).pipeline_config.transformation),
    ).toEqual([{ type: 'none' }, [inlined], inlined]);
    expect((await run(`transform --type config --config {"config":"${folder}/gone.yml"}`)).stderr).toBe(
      `Error: Config file not found: ${folder}/gone.yml\n`,
    );
  });

  it('waits for a pipeline and counts its rows (C-17)', async () => {
    server.on(STATE, { body: taskState({ status: 'pending', result: null }) }, { body: taskState({}) });
    const { exitCode, stdout } = await run(`run --config ${folder}/ok.yaml --wait`);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      `Pipeline submitted successfully!\nPipeline ID: p-1\nTask ID: ${TASK_ID}\nWaiting for pipeline to complete...\n\n` +
        '✓ Pipeline completed successfully!\n  Ingestion: 5 rows\n  Transformation: 5 rows\n  Persistence: 5 rows written\n',
    );
    expect(server.requests[0]?.body).toMatchObject({ pipeline_config: { persistence: { table_name: 'stock' } } });
  });

  it('says why a pipeline failed (C-18)', async () => {
    server.on(STATE, { body: taskState({ status: 'failed', error: 'There is no table stock.' }) });
    const { exitCode, stdout } = await run('run --query q --table-name stock --wait');
    expect([exitCode, stdout.split('\n').at(-2)]).toEqual([1, '✗ Pipeline failed: There is no table stock.']);
  });

  it('makes a pipeline of flags, its keys trimmed (C-19)', async () => {
    server.on('POST /tasks/persist', { body: SUBMITTED });
    const { exitCode, stdout } = await run('persist --table-name stock --strategy upsert --upsert-keys tray_id,,bay --data-id d');
    expect([exitCode, stdout]).toEqual([0, `Persistence task submitted!\nTask ID: ${TASK_ID}\n`]);
    expect(server.requests[0]?.body).toEqual({
      table_name: 'stock',
      strategy: 'upsert',
      upsert_keys: ['tray_id', 'bay'],
      data_id: 'd',
    });
  });

  it('shows the state of a task', async () => {
    server.on(STATE, { body: taskState({ status: 'pending', result: null }) }, { body: taskState({ status: 'failed', error: 'no' }) });
    expect(await run(`status ${TASK_ID}`)).toEqual({ exitCode: 0, stdout: 'Status: ⏳ Pending\n', stderr: '' });
    expect(await run(`status ${TASK_ID}`)).toEqual({ exitCode: 1, stdout: 'Status: ✗ Failed\nError: no\n', stderr: '' });
  });

  it('shows health and workers, and exits with 1 without any', async () => {
    server.on('GET /workers/health', { body: { status: 'healthy', result: { stats: { tasks_processed: 3, success_rate: 2 / 3 } } } });
    expect((await run('health')).stdout).toBe(
      'Checking system health...\n✓ Workers: Healthy\n  Tasks processed: 3\n  Success rate: 66.67%\n',
    );
    server
      .on('GET /workers/health', { body: { status: 'unhealthy', error: 'none' } })
      .on('GET /workers', { body: { workers: [], total: 0 } });
    expect(await run('health')).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('✗ Workers: Unhealthy') });
    expect(await run('workers')).toEqual({ exitCode: 1, stdout: 'No workers found\n', stderr: '' });
  });

  it('prints the answer alone with --json, and a refusal on stderr', async () => {
    const { stdout } = await run('run --query q --table-name stock --json');
    expect(JSON.parse(stdout)).toEqual(SUBMITTED);
    server.on('POST /pipelines', { status: 403, body: { detail: 'This needs the role admin.' } });
    expect(await run('run --query q --table-name stock')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'Error: This needs the role admin.\n',
    });
  });
});
