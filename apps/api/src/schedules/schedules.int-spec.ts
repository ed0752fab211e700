import { InjectedApi } from '../../e2e/injected-api';

const NIGHTLY = { source: { kind: 'redcap' }, transform: { kind: 'mapping' }, schedule: { cron: '0 2 * * *', timeZone: 'UTC' } };

describe('/schedules (postgres, redis)', () => {
  let api: InjectedApi;

  beforeAll(async () => {
    api = await InjectedApi.start();
    await api.send('PUT', '/definitions/nightly', NIGHTLY);
  });
  afterAll(() => api.stop());

  const edit = (body: object) => api.send('PUT', '/schedules/nightly', body);

  it('lists every pipeline with its schedule', async () => {
    expect(await api.send('GET', '/schedules')).toEqual({
      status: 200,
      body: [
        {
          definition: 'nightly',
          cron: '0 2 * * *',
          timeZone: 'UTC',
          origin: 'definition',
          paused: false,
          lastFiredAt: null,
          lastRunId: null,
          nextAt: expect.stringMatching(/T02:00:00\.000Z$/),
        },
        { definition: 'redcap', cron: null, timeZone: null, origin: null, paused: false, lastFiredAt: null, lastRunId: null, nextAt: null },
      ],
    });
  });

  it('pauses and resumes, however often it is asked', async () => {
    await api.send('POST', '/schedules/nightly/pause');
    expect(await api.send('POST', '/schedules/nightly/pause')).toMatchObject({
      status: 200,
      body: { paused: true, nextAt: null, cron: '0 2 * * *' },
    });
    expect(await api.send('POST', '/schedules/nightly/resume')).toMatchObject({
      status: 200,
      body: { paused: false, nextAt: expect.any(String) },
    });
  });

  it('changes a schedule, and goes back to the definition’s', async () => {
    expect(await edit({ cron: '30 4 * * 1-5', timeZone: 'Asia/Tokyo' })).toMatchObject({
      status: 200,
      body: { cron: '30 4 * * 1-5', timeZone: 'Asia/Tokyo', origin: 'api', nextAt: expect.stringMatching(/T19:30:00\.000Z$/), firings: [] },
    });
    expect(await edit({ cron: null })).toMatchObject({ status: 200, body: { cron: '0 2 * * *', timeZone: 'UTC', origin: 'definition' } });
  });

  it('refuses what is no schedule, with the path of every fault', async () => {
    expect(await edit({ cron: '61 * * * *', timeZone: 'Mars/Olympus' })).toMatchObject({
      status: 422,
      body: {
        code: 'request-invalid',
        detail: [
          { type: 'isCron', loc: ['body', 'cron'] },
          { type: 'isTimeZone', loc: ['body', 'timeZone'] },
        ],
      },
    });
    expect(await edit({ cron: '0 0 30 2 *' })).toMatchObject({ status: 422, body: { detail: [{ loc: ['body', 'cron'] }] } });
    expect(await edit({ timeZone: 'UTC' })).toMatchObject({ status: 422, body: { detail: [{ loc: ['body', 'cron'] }] } });
    expect(await edit({ cron: '0 4 * * *', pause: true })).toMatchObject({ status: 422, body: { detail: [{ loc: ['body', 'pause'] }] } });
    expect(await api.send('GET', '/schedules/nightly')).toMatchObject({ body: { origin: 'definition' } });
  });

  it('shows the last firings, newest first', async () => {
    const run = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    await api.database.pool.query(
      `insert into tributary.schedule_firing (definition, fires_at, outcome, reason, run_id) values
        ('nightly', '2024-05-01T02:00:00Z', 'fired', null, $1), ('nightly', '2024-05-02T02:00:00Z', 'missed', 'late', null)`,
      [run],
    );
    expect(await api.send('GET', '/schedules/nightly')).toMatchObject({
      body: {
        lastFiredAt: '2024-05-01T02:00:00.000Z',
        lastRunId: run,
        firings: [
          { at: '2024-05-02T02:00:00.000Z', outcome: 'missed', reason: 'late', runId: null },
          { at: '2024-05-01T02:00:00.000Z', outcome: 'fired', reason: null, runId: run },
        ],
      },
    });
  });

  it('knows no schedule of a pipeline that does not exist', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/pause'],
      ['POST', '/resume'],
    ] as const) {
      expect(await api.send(method, `/schedules/nowhere${path}`)).toMatchObject({ status: 404, body: { code: 'definition-not-found' } });
    }
  });

  it('refuses a definition whose schedule never comes true', async () => {
    const schedule = { cron: 'daily', timeZone: 'Nowhere/Land' };
    expect(await api.send('PUT', '/definitions/broken', { ...NIGHTLY, schedule })).toMatchObject({
      status: 422,
      body: { faults: [{ path: 'schedule.cron' }, { path: 'schedule.timeZone' }] },
    });
  });
});
