import { readFileSync, openAsBlob } from 'node:fs';
import { TableService } from '../../e2e/table-service';
it('measures', async () => {
  const s = await TableService.start({ LOG_LEVEL: 'CRITICAL' });
  const types = ['bigint', 'varchar', 'date', 'double precision', 'varchar'];
  await s.sql(`create table wide (${Array.from({ length: 20 }, (_, i) => `c${i} ${types[i % 5]}`).join(', ')})`);
  const log = (x: string) => process.stderr.write(x + '\n');
  const data = readFileSync('/tmp/up/a.csv');
  for (let i = 0; i < 3; i++) {
    let t = Date.now();
    const v = await s.upload('/table/wide/validate', data); const r = await v.json() as object;
    log(`validate 100k x 20: ${Date.now() - t} ms ${JSON.stringify(r).slice(0, 80)}`);
    t = Date.now();
    const a = await s.upload('/table/wide', data, { method: i ? 'PUT' : 'POST' }); const id = await a.json() as string; const t1 = Date.now() - t;
    const task = await s.ended(id);
    log(`upload 100k x 20: answered ${t1} ms, loaded ${Date.now() - t} ms ${task.status} rss ${Math.round(process.memoryUsage().rss / 1e6)} MB`);
  }
  const big = await openAsBlob('/tmp/up/big.csv');
  log(`big ${big.size}`);
  let peak = 0; const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
  for (const path of ['/table/wide/validate', '/table/wide']) {
    const t = Date.now(); const form = new FormData(); form.set('data', big, 'x.csv'); form.set('content-type', 'text/csv');
    const a = await s.fetch(path, { method: 'POST', body: form }); const body = await a.json() as unknown; const t1 = Date.now() - t;
    if (typeof body === 'string') log(JSON.stringify(await s.ended(body)));
    log(`${path} answered ${t1} ms done ${Date.now() - t} ms peak rss ${Math.round(peak / 1e6)} MB heap ${Math.round(process.memoryUsage().heapUsed/1e6)} ${JSON.stringify(body).slice(0, 80)}`);
  }
  peak = 0; const t = Date.now(); let n = 0; const g = await s.fetch('/table/wide'); for await (const c of g.body as unknown as AsyncIterable<Uint8Array>) n += c.length;
  log(`GET ${n} bytes ${Date.now() - t} ms peak rss ${Math.round(peak / 1e6)} MB`);
  clearInterval(timer); await s.stop();
}, 300000);
