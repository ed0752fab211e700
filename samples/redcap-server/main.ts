import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { generateStudy } from '../study/generate';
import type { FlatRecord } from './record-store';
import { startRedcapServer } from './redcap-server';

const USAGE = `Usage: node main.js [--token TOKEN] [--port N] [--latency MS] [--fail-first N]
         [--records FILE --metadata FILE | --generate N [--fields N] [--seed N]]

Serves a REDCap project: the two JSON files, or the generated Harbor study (600 records unless --generate says otherwise).
The token may also come from REDCAP_APPLICATION_TOKEN, which keeps it out of the process list.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      token: { type: 'string' },
      port: { type: 'string', default: '8080' },
      records: { type: 'string' },
      metadata: { type: 'string' },
      generate: { type: 'string', default: '600' },
      fields: { type: 'string' },
      seed: { type: 'string', default: '1' },
      latency: { type: 'string', default: '0' },
      'fail-first': { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  });
  const token = values.token ?? process.env['REDCAP_APPLICATION_TOKEN'];
  if (values.help || token === undefined) {
    process.stdout.write(`${USAGE}\n`);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const project =
    values.records !== undefined && values.metadata !== undefined
      ? { records: await readRows(values.records), dictionary: await readRows(values.metadata) }
      : generateStudy({
          records: Number(values.generate),
          seed: Number(values.seed),
          fields: values.fields === undefined ? undefined : Number(values.fields),
        });
  const server = await startRedcapServer({
    ...project,
    port: Number(values.port),
    token,
    faults: { latencyMs: Number(values.latency), failFirst: Number(values['fail-first']) },
  });
  process.stdout.write(`REDCap sample server at ${server.url}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
}

async function readRows(path: string): Promise<FlatRecord[]> {
  return JSON.parse(await readFile(path, 'utf8')) as FlatRecord[];
}

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
