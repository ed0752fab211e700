// Debian and Ubuntu packages, unpacked into a private folder: nothing is installed, no service of the system is touched.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from './process.mjs';

const SYSTEM_LISTS = '/var/lib/apt/lists';

/** Where the files of a package and of its missing dependencies lie once `unpackPackage` has run. */
export function packageFolder(folder, name) {
  return join(folder, 'packages', name);
}

/** LD_LIBRARY_PATH for the programs below such a folder. */
export function libraryPath(prefix) {
  const parents = [join(prefix, 'usr/lib'), join(prefix, 'lib')].filter((path) => existsSync(path));
  const triplets = parents.flatMap((path) =>
    readdirSync(path)
      .filter((name) => name.includes('-linux-'))
      .map((name) => join(path, name)),
  );
  return [...triplets, ...parents].join(':');
}

/**
 * Fetches a package of the distribution, and those of its dependencies that this machine lacks, and unpacks them.
 * Works for root and for an ordinary user. Resolves to undefined, or to the reason why it could not be done.
 */
export async function unpackPackage(folder, name, log) {
  if (!(await runs('apt-get')) || !(await runs('dpkg'))) return 'this machine has no apt-get';
  const apt = join(folder, 'apt');
  for (const part of ['state', 'lists/partial', 'cache/archives/partial']) mkdirSync(join(apt, part), { recursive: true });

  let reason = 'its package lists are missing';
  if (hasLists(SYSTEM_LISTS)) {
    reason = await fetchAndUnpack(folder, name, writeConfig(apt, SYSTEM_LISTS), log);
    if (reason === undefined) return undefined;
  }
  // The system's lists are absent or too old for what the mirror still holds: fetch lists of our own.
  log(`apt: reading the distribution's package lists (${reason})`);
  const config = writeConfig(apt, join(apt, 'lists'));
  const update = await capture('apt-get', ['-c', config, 'update', '-q']);
  if (!hasLists(join(apt, 'lists'))) return lastLine(update.stderr) || 'apt-get update brought no package lists';
  return fetchAndUnpack(folder, name, config, log);
}

async function fetchAndUnpack(folder, name, config, log) {
  const install = ['-c', config, 'install', '-y', '-q', '--no-install-recommends', '--no-remove'];
  const plan = await capture('apt-get', [...install, '-qq', '--print-uris', name]);
  if (plan.code !== 0) return lastLine(plan.stderr);
  const files = plan.stdout.split('\n').flatMap((line) => /^'[^']+' (\S+\.deb) \d+/.exec(line)?.[1] ?? []);
  if (files.length === 0) return `${name} is installed, but its programs are not where they are expected`;
  log(`apt: fetching ${files.length} packages for ${name}`);
  const fetched = await capture('apt-get', [...install, '--download-only', name]);
  if (fetched.code !== 0) return lastLine(fetched.stderr);
  // Unpacked beside its place and moved there when whole, so that what lies there can be trusted after a kill.
  const prefix = packageFolder(folder, name);
  const making = `${prefix}.new`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  for (const file of files) {
    const unpacked = await capture('dpkg', ['-x', join(folder, 'apt/cache/archives', file), making]);
    if (unpacked.code !== 0) return lastLine(unpacked.stderr);
  }
  rmSync(prefix, { recursive: true, force: true });
  renameSync(making, prefix);
  return undefined;
}

// Hooks of the system's apt configuration would write to the system's caches; locks there need root and guard what we do not write.
function writeConfig(apt, lists) {
  const file = join(apt, 'apt.conf');
  const text = [
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    'Debug::NoLocking "true";',
    'Acquire::Retries "3";',
    `Dir::State "${join(apt, 'state')}";`,
    'Dir::State::status "/var/lib/dpkg/status";',
    `Dir::State::Lists "${lists}";`,
    `Dir::Cache "${join(apt, 'cache')}";`,
    `Dir::Log "${join(apt, 'log')}";`,
  ];
  writeFileSync(file, `${text.join('\n')}\n`);
  return file;
}

const hasLists = (path) => existsSync(path) && readdirSync(path).some((name) => name.includes('_Packages'));
const runs = async (program) => (await capture(program, ['--version'])).code === 0;
const lastLine = (text) => text.trim().split('\n').pop();
