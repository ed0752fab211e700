// Private PostgreSQL and Redis for development, demo and tests. Node builtins only: it runs before node_modules exists.
import { join } from 'node:path';
import { serviceAccount, serviceFolder } from './services/account.mjs';
import { composeAnswers, openContainer } from './services/compose.mjs';
import { openInstance } from './services/instance.mjs';
import { withLock } from './services/lock.mjs';
import { mariadbService } from './services/mariadb.mjs';
import { postgresService } from './services/postgres.mjs';
import { findPrograms, mariadbPrograms, postgresPrograms, redisPrograms } from './services/programs.mjs';
import { redisService } from './services/redis.mjs';

export { ensureBuild, ensureDependencies } from './services/dependencies.mjs';

const KINDS = [
  { name: 'postgres', wanted: postgresPrograms, describe: postgresService },
  { name: 'redis', wanted: redisPrograms, describe: redisService },
];

/**
 * Opens a PostgreSQL and a Redis and resolves to `{ databaseUrl, redisUrl, stop() }`.
 *
 * `DATABASE_URL` and `REDIS_URL` are used as given where they are set. Otherwise private servers are started on free ports,
 * with their data below `<root>/.data/<profile>`; a second caller of the same profile joins the first one's. With
 * `durable: false` a server forgets its data at each start and does not wait for the disk. `from` names where programs may
 * come from, in order. `stop` ends what this call started; if this process dies without calling it, they end by themselves.
 */
export async function startServices({ root, log, profile = 'start', durable = true, from = ['machine', 'packages', 'compose'] }) {
  const given = { postgres: process.env.DATABASE_URL, redis: process.env.REDIS_URL };
  const opened = {};
  let place;
  const stop = async () => {
    const results = await Promise.allSettled(Object.values(opened).map((service) => service.stop()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  };
  const open = async ({ name, wanted, describe }) => {
    if (given[name]) {
      log(`${wanted.title}: using ${wanted.variable} as given`);
      return { url: given[name], stop: () => Promise.resolve() };
    }
    const { account, base } = (place ??= findPlace(root, log));
    const folder = join(base, profile, name);
    const programs = await findPrograms(wanted, { folder: base, from, log });
    if (programs.folder) return openInstance(describe({ folder, programs, account, durable }), { account, fresh: !durable, log });
    if (from.includes('compose') && (await composeAnswers())) return openContainer(name, { folder, fresh: !durable, log });
    throw new Error(
      `${wanted.title} was not found (${[...programs.reasons, 'no Docker engine answers'].join('; ')}).\n` +
        `Install it, as with "apt-get install ${wanted.package}" (it need not be started), or set ${wanted.variable} to a server of yours.`,
    );
  };
  try {
    await withLock(root, log, async () => {
      for (const kind of KINDS) opened[kind.name] = await open(kind);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { databaseUrl: opened.postgres.url, redisUrl: opened.redis.url, stop };
}

/**
 * Opens a private MariaDB, for tests and benchmarks of sources, and resolves to `{ url, stop() }`; `TEST_MARIADB_URL` is used
 * as given where it is set. It fails where neither the machine nor the distribution's packages have the server.
 */
export async function startMariadb({ root, log, profile }) {
  const given = process.env[mariadbPrograms.variable];
  if (given) return { url: given, stop: () => Promise.resolve() };
  const { account, base } = findPlace(root, log);
  return withLock(root, log, async () => {
    const programs = await findPrograms(mariadbPrograms, { folder: base, from: ['machine', 'packages'], log });
    if (!programs.folder) throw new Error(programs.reasons.join('; '));
    const folder = join(base, profile, 'mariadb');
    return openInstance(mariadbService({ folder, programs, account }), { account, fresh: true, log });
  });
}

function findPlace(root, log) {
  const account = serviceAccount();
  return { account, base: serviceFolder(root, account, log) };
}
