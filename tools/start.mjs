// `npm start`: API and worker in the foreground until Ctrl-C, with the sample studies loaded once.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { adminKey, Application, Client, sampleSettings, storeUrl } from './application.mjs';
import { ensureBuild, ensureDependencies, startServices } from './dev-services.mjs';
import { interruption } from './services/process.mjs';

const DEFAULT_PORT = 3000;
const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const folder = join(root, '.data/start');
const log = (line) => process.stdout.write(`${line}\n`);
const signal = interruption();

async function main() {
  await ensureDependencies(root, { log, signal });
  await ensureBuild(root, { log, signal });
  const services = await startServices({ root, log });
  const application = new Application({ root, folder, signal });
  try {
    await serve(services, application);
  } catch (error) {
    if (signal.aborted) return;
    log(`\n${application.logTails()}\n`);
    throw error;
  } finally {
    log('stopping');
    await application.stop();
    await services.stop();
  }
}

async function serve(services, application) {
  const key = process.env.BOOTSTRAP_ADMIN_KEY ?? adminKey(folder);
  const ownSource = process.env.REDCAP_URL_BASE !== undefined;
  const env = {
    OBJECT_STORE_URL: storeUrl(folder),
    TRANSFORM_SPILL_DIR: join(folder, 'spill'),
    ...sampleSettings(root),
    ...(ownSource ? {} : await application.startRedcap()),
    // What the caller set wins over the sample's settings.
    ...process.env,
    DATABASE_URL: services.databaseUrl,
    REDIS_URL: services.redisUrl,
    BOOTSTRAP_ADMIN_KEY: key,
  };
  const url = await application.startTributary(env, Number(process.env.PORT ?? DEFAULT_PORT));
  if (!ownSource) await loadSamples(new Client({ root, url, key, signal }));
  const keyHint = process.env.BOOTSTRAP_ADMIN_KEY ? 'the one in BOOTSTRAP_ADMIN_KEY' : `in ${join(folder, 'admin-key')}`;
  log(`
Tributary runs until Ctrl-C.
  ${url}/docs      the API, to read and to try
  ${url}/health    is everything well?
  admin key:  ${keyHint}
  logs:       ${join(folder, '*.log')}`);
  await Promise.race([application.failure(), aborted()]);
}

async function loadSamples(client) {
  for (const pipeline of await client.pipelines()) {
    if (await client.hasSucceeded(pipeline)) continue;
    log(`\n=== ${pipeline} ===`);
    await client.cli('run', pipeline, '--wait');
  }
}

function aborted() {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

main().catch((error) => {
  process.stderr.write(`start: ${error.message}\n`);
  process.exitCode = 1;
});
