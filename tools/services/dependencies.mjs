import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stream } from './process.mjs';

const HEARTBEAT_MS = 10_000;
const BUILD_SOURCES = ['apps', 'libs', 'samples', 'bench', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'];
// What a script prints on stdout is its answer; how far the preparations are is not.
const STDIO = ['ignore', 2, 2];

/** Runs `npm ci` when node_modules is missing, half-made or older than package-lock.json. */
export async function ensureDependencies(root, { log, signal } = {}) {
  // npm writes this file last, so an interrupted installation has none.
  const installedAt = modifiedAt(join(root, 'node_modules/.package-lock.json'));
  if (installedAt !== undefined && installedAt >= modifiedAt(join(root, 'package-lock.json'))) return;
  await patiently('npm ci', log, () =>
    stream('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, signal, stdio: STDIO }),
  );
}

/** Builds `dist` when it is missing, half-made or older than a source. */
export async function ensureBuild(root, { log, signal } = {}) {
  const stamp = join(root, 'dist/.complete');
  const builtAt = modifiedAt(stamp);
  if (builtAt !== undefined && BUILD_SOURCES.every((path) => newestBelow(join(root, path)) <= builtAt)) return;
  rmSync(stamp, { force: true });
  await patiently('npm run build', log, () => stream('npm', ['run', '--silent', 'build'], { cwd: root, signal, stdio: STDIO }));
  writeFileSync(stamp, '');
}

// Tells at intervals that a command which prints nothing is still at work.
async function patiently(title, log = (line) => process.stderr.write(`${line}\n`), work) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  log(`${title} …`);
  const heartbeat = setInterval(() => log(`${title}: ${seconds()} s`), HEARTBEAT_MS);
  try {
    const code = await work();
    if (code !== 0) throw new Error(`${title} failed with exit code ${code}`);
  } finally {
    clearInterval(heartbeat);
  }
  log(`${title}: done in ${seconds()} s`);
}

function newestBelow(path) {
  const own = modifiedAt(path) ?? 0;
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    return own;
  }
  const inner = entries.filter(({ name }) => name !== 'node_modules' && name !== 'dist').map(({ name }) => newestBelow(join(path, name)));
  return Math.max(own, ...inner);
}

function modifiedAt(path) {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}
