import { RedcapSource, redcapConfigSchema } from '@app/ingestion';
import { startRedcapServer } from './redcap-server/redcap-server';
import { generateStudy } from './study/generate';
it('smokes', async () => {
  const t0 = Date.now();
  const n = Number(process.env['N'] ?? 600), f = Number(process.env['F'] ?? 0);
  const server = await startRedcapServer({ token: 'T', ...generateStudy({ records: n, fields: f }) });
  console.log('generated', Date.now() - t0, process.memoryUsage().rss / 1e6);
  const source = new RedcapSource();
  const config = redcapConfigSchema.parse({ url: server.url, token: 'T', batchSize: n > 1000 ? 1000 : 10 });
  let rows = 0, bytes = 0; const parts: string[] = []; let cols = 0;
  const t1 = Date.now();
  for await (const part of source.extract({ config, after: null, full: true, signal: new AbortController().signal })) {
    for await (const piece of part.content) { bytes += piece.length; if (parts.length < 3 && bytes < 1e5 && n < 1000) console.log(Buffer.from(piece).toString().slice(0, 2500)); }
    rows += part.summary().rows; cols = part.summary().columns.length; parts.push(part.name);
  }
  console.log(rows, bytes, cols, parts.length, parts.slice(0, 3), Date.now() - t1, 'ms', process.memoryUsage().rss / 1e6);
  await server.close();
}, 120000);
