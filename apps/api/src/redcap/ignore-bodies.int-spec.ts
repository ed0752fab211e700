import request from 'supertest';
import { InjectedApi } from '../../e2e/injected-api';

describe('routes of the old system that take nothing but their path (http)', () => {
  let api: InjectedApi;
  beforeAll(async () => {
    api = await InjectedApi.start();
  });
  afterAll(() => api.stop());

  it.each([
    ['application/x-www-form-urlencoded', ''],
    ['application/x-www-form-urlencoded', 'a=1'],
    ['application/json', ''],
    ['application/json', '{'],
    ['application/octet-stream', 'x'],
    ['text/plain', ''],
  ])('take a body of type %s that is %j', async (type, body) => {
    const send = (method: 'post' | 'delete', path: string) => request(api.server)[method](path).set('Content-Type', type).send(body);
    const { body: task } = await send('post', '/sync').expect(200);
    await send('post', '/backup').expect(200);
    await send('delete', `/task/${String(task)}`).expect(200);
    await send('post', '/restore/nothing').expect(404);
    await send('delete', '/backup/nothing').expect(404);
  });

  it('take an empty body where a body may be left out, whatever its type says', async () => {
    const pause = request(api.server).post('/schedules/redcap/pause').set('Content-Type', 'application/json');
    await pause.send('').expect((answer) => expect([200, 404]).toContain(answer.status));
  });
});
