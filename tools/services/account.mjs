import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CANDIDATES = ['postgres', 'nobody'];

/**
 * Who runs the services. PostgreSQL refuses to run as root, so root hands them to an unprivileged account of the system;
 * everyone else runs them as themselves (undefined).
 */
export function serviceAccount() {
  if (process.getuid() !== 0) return undefined;
  const entries = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of CANDIDATES) {
    const entry = entries.find((fields) => fields[0] === name);
    if (entry) return { name, uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new Error(
    `PostgreSQL does not run as root, and this machine has no account ${CANDIDATES.join(' or ')}. Run this command as an ordinary user.`,
  );
}

/**
 * The folder for packages and data: `<root>/.data`, or one under /var/tmp when the service account cannot reach that
 * (a checkout below a private home, say).
 */
export function serviceFolder(root, account, log) {
  const folder = join(root, '.data');
  mkdirSync(folder, { recursive: true });
  if (!account) return folder;
  const reached = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', uid: account.uid, gid: account.gid });
  if (reached.status === 0) return folder;
  const elsewhere = join('/var/tmp', `tributary-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`);
  mkdirSync(elsewhere, { recursive: true });
  const found = lstatSync(elsewhere);
  // Anybody may write in /var/tmp: never trust a folder, or a link, that somebody else laid there.
  if (!found.isDirectory() || found.uid !== process.getuid())
    throw new Error(`${elsewhere} exists and belongs to somebody else; remove it.`);
  chmodSync(elsewhere, 0o755);
  log(`the account "${account.name}" cannot reach ${folder}; services live in ${elsewhere}`);
  return elsewhere;
}

/** Makes a folder that only the service account may use. */
export function privateFolder(path, account) {
  mkdirSync(path, { recursive: true });
  if (account) chownSync(path, account.uid, account.gid);
  chmodSync(path, 0o700);
}
