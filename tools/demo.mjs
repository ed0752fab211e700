// `npm run demo`: from a bare checkout to loaded sample studies, and back to nothing running.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { adminKey, Application, Client, sampleSettings, storeUrl } from './application.mjs';
import { ensureBuild, ensureDependencies, startServices } from './dev-services.mjs';
import { freePort, interruption } from './services/process.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const folder = join(root, '.data/demo');
const log = (line) => process.stdout.write(`${line}\n`);
const signal = interruption();

async function main() {
  await ensureDependencies(root, { log, signal });
  await ensureBuild(root, { log, signal });
  const services = await startServices({ root, log, profile: 'demo', durable: false });
  const application = new Application({ root, folder, signal });
  try {
    // The private database is new each time, and so is what belongs to it.
    if (!process.env.DATABASE_URL) rmSync(join(folder, 'store'), { recursive: true, force: true });
    mkdirSync(join(folder, 'store'), { recursive: true });
    await load(services, application);
  } catch (error) {
    if (!signal.aborted) log(`\n${application.logTails()}\n`);
    throw error;
  } finally {
    await application.stop();
    await services.stop();
  }
  log(`
All sample studies are loaded; what was started is stopped again.
To look around, start it with "npm start" and open
  http://127.0.0.1:3000/docs      the API, to read and to try
  http://127.0.0.1:3000/health    is everything well?
or ask from another terminal, with its admin key in TRIBUTARY_API_KEY: npm run --silent cli -- definitions`);
}

async function load(services, application) {
  const key = adminKey(folder);
  const env = {
    ...process.env,
    ...sampleSettings(root),
    ...(await application.startRedcap()),
    DATABASE_URL: services.databaseUrl,
    REDIS_URL: services.redisUrl,
    OBJECT_STORE_URL: storeUrl(folder),
    TRANSFORM_SPILL_DIR: join(folder, 'spill'),
    BOOTSTRAP_ADMIN_KEY: key,
  };
  const url = await application.startTributary(env, await freePort());
  log(`API and worker: ready at ${url}`);
  const client = new Client({ root, url, key, signal });
  for (const pipeline of await client.pipelines()) {
    log(`\n=== ${pipeline} ===`);
    await client.cli('run', pipeline, '--wait');
  }
}

main().catch((error) => {
  process.stderr.write(`demo: ${error.message}\n`);
  process.exitCode = signal.aborted ? 130 : 1;
});
