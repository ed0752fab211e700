// `npm run bench`: the benchmarks on private services, each a built module of bench/ whose name was given, or all of them.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuild, ensureDependencies, startMariadb, startServices } from './dev-services.mjs';
import { interruption, stream } from './services/process.mjs';

const SUFFIX = '.bench.js';
/** The benchmark that also reads from a MariaDB, where one can be had. */
const WITH_MARIADB = 'database';
const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const log = (line) => process.stdout.write(`${line}\n`);
const signal = interruption();

async function main() {
  await ensureDependencies(root, { log, signal });
  await ensureBuild(root, { log, signal });
  const folder = join(root, 'dist/bench');
  const available = readdirSync(folder)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length));
  const names = process.argv.length > 2 ? process.argv.slice(2) : available;
  const unknown = names.filter((name) => !available.includes(name));
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}; there is ${available.join(', ')}`);
  // Durable, so that the figures are those of a server that keeps its promises.
  const services = await startServices({ root, log, profile: 'bench' });
  let mariadb;
  let failed = 0;
  try {
    mariadb = names.includes(WITH_MARIADB) ? await startMariadb({ root, log, profile: 'bench' }).catch(skipped) : undefined;
    const env = {
      ...process.env,
      DATABASE_URL: services.databaseUrl,
      REDIS_URL: services.redisUrl,
      ...(mariadb && { TEST_MARIADB_URL: mariadb.url }),
    };
    for (const name of names) {
      log(`\n=== ${name} ===`);
      if ((await stream(process.execPath, [join(folder, `${name}${SUFFIX}`)], { cwd: root, env, signal })) !== 0) failed += 1;
    }
  } finally {
    await mariadb?.stop();
    await services.stop();
  }
  return failed === 0 ? 0 : 1;
}

function skipped(error) {
  log(`skipped: MariaDB (${error.message})`);
  return undefined;
}

main().then(
  (code) => (process.exitCode = code),
  (error) => {
    process.stderr.write(`bench: ${error.message}\n`);
    process.exitCode = signal.aborted ? 130 : 1;
  },
);
