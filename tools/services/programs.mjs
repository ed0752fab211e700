// Finds the server programs: on the machine, else in packages that were unpacked below our own folder.
import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { libraryPath, packageFolder, unpackPackage } from './packages.mjs';

export const postgresPrograms = {
  title: 'PostgreSQL',
  package: 'postgresql',
  names: ['postgres', 'initdb'],
  versioned: 'usr/lib/postgresql',
  variable: 'DATABASE_URL',
};
export const redisPrograms = { title: 'Redis', package: 'redis-server', names: ['redis-server'], variable: 'REDIS_URL' };
export const mariadbPrograms = { title: 'MariaDB', package: 'mariadb-server-core', names: ['mariadbd'], variable: 'TEST_MARIADB_URL' };

/** Resolves to `{ folder, libraryPath }` of the programs, or to `{ reasons }` when no place has them. */
export async function findPrograms(wanted, { folder, from, log }) {
  const reasons = [];
  if (from.includes('machine')) {
    const found = search(wanted, '/', (process.env.PATH ?? '').split(':'));
    if (found) return { folder: found, libraryPath: undefined };
    reasons.push('not on this machine');
  }
  if (from.includes('packages')) {
    const unpacked = searchPackages(wanted, folder);
    if (unpacked) return unpacked;
    const failure = await unpackPackage(folder, wanted.package, log);
    const found = searchPackages(wanted, folder);
    if (found) return found;
    reasons.push(`not from packages: ${failure ?? 'the package holds no server'}`);
  }
  return { reasons };
}

function searchPackages(wanted, folder) {
  const prefix = packageFolder(folder, wanted.package);
  const found = search(
    wanted,
    prefix,
    ['usr/bin', 'usr/sbin'].map((path) => join(prefix, path)),
  );
  return found && { folder: found, libraryPath: libraryPath(prefix) };
}

function search({ names, versioned }, prefix, folders) {
  const candidates = folders.filter(Boolean).flatMap((folder) => [folder, ...realFolder(join(folder, names[0]))]);
  if (versioned) candidates.push(...newestFirst(join(prefix, versioned)).map((version) => join(prefix, versioned, version, 'bin')));
  return candidates.find((folder) => names.every((name) => isProgram(join(folder, name))));
}

// Distributions link one program of a set into PATH; its fellows lie beside the link's target.
function realFolder(program) {
  try {
    return [dirname(realpathSync(program))];
  } catch {
    return [];
  }
}

function newestFirst(folder) {
  try {
    return readdirSync(folder).sort((a, b) => Number(b) - Number(a));
  } catch {
    return [];
  }
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
