// One private server: joined when it runs, started when it does not, stopped by whoever started it.
import { spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endWithUs, freePort, identityOf, isAlive, tailOf, terminate, waitUntil } from './process.mjs';

const READY_TIMEOUT_MS = 60_000;
const PORT_ATTEMPTS = 3;
const LOG_TAIL_LINES = 15;

/** A file only its owner may read, made with that mode from the start. */
export function writePrivate(path, text) {
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o600 });
}

/**
 * Opens the server that `service` describes; the caller holds the lock of its folder. With `fresh`, a server that has to
 * be started begins without data. Resolves to `{ url, stop }`; `stop` leaves alone a server that somebody else started.
 */
export async function openInstance(service, { account, fresh, log }) {
  const stateFile = join(service.folder, 'instance.json');
  const pid = serverPid(service);
  if (pid !== undefined) {
    const state = readState(stateFile);
    if (state && isAlive(state.owner) && (await service.isReady(state.port))) {
      log(`${service.title}: joined the one that process ${Number.parseInt(state.owner, 10)} started, port ${state.port}`);
      return { url: service.url(state.port), stop: () => Promise.resolve() };
    }
    log(`${service.title}: stopping one that an earlier, killed command left behind`);
    await terminate(pid, service.stopSteps);
  }
  if (fresh) rmSync(service.folder, { recursive: true, force: true });
  mkdirSync(service.folder, { recursive: true });
  chmodSync(service.folder, 0o755);
  await service.prepare();

  const { child, port } = await launch(service, account);
  writePrivate(stateFile, JSON.stringify({ port, owner: identityOf(process.pid) }));
  log(`${service.title}: started from ${service.programs}, port ${port}`);
  const watchdog = endWithUs(child.pid, service.stopSteps[0][0]);
  const stop = async () => {
    watchdog.kill('SIGKILL');
    await terminate(child.pid, service.stopSteps);
    rmSync(stateFile, { force: true });
  };
  return { url: service.url(port), stop };
}

// The port may be taken between the look and the start: then the server ends at once and another port is tried.
async function launch(service, account) {
  const logFile = join(service.folder, 'server.log');
  for (let attempt = 1; attempt <= PORT_ATTEMPTS; attempt += 1) {
    const port = await freePort();
    const { file, args, env } = service.command(port);
    const output = openSync(logFile, 'a', 0o600);
    const child = spawn(file, args, {
      cwd: service.dataFolder,
      env,
      uid: account?.uid,
      gid: account?.gid,
      // A group of its own: Ctrl-C must reach the applications first and the servers last.
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    let ended = false;
    child.on('error', () => (ended = true)).on('exit', () => (ended = true));
    child.unref();
    await waitUntil(async () => ended || (await service.isReady(port)), READY_TIMEOUT_MS);
    if (!ended && (await service.isReady(port))) return { child, port };
    if (!ended) await terminate(child.pid, service.stopSteps);
  }
  throw new Error(`${service.title} does not start. The end of ${logFile}:\n${tailOf(logFile, LOG_TAIL_LINES)}`);
}

/** The pid of a running server of this very data folder, whoever started it. */
function serverPid({ pidFile, dataFolder }) {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    if (identityOf(pid) === undefined) return undefined;
    // The number may belong to another program by now; a server works inside its data folder.
    return readlinkSync(`/proc/${pid}/cwd`) === dataFolder ? pid : undefined;
  } catch {
    return undefined;
  }
}

function readState(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
