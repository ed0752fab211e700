// Small pieces over operating-system processes that every tool shares.
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;

/** A process as pid plus start time, so that a recycled pid is not mistaken for it; undefined when it is not alive. */
export function identityOf(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return undefined;
  }
  try {
    // Field 22 of /proc/pid/stat is the start time; the name in field 2 may hold spaces, so count from its closing bracket.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ');
    return fields[0] === 'Z' ? undefined : `${pid}:${fields[19]}`;
  } catch {
    return `${pid}:unknown`;
  }
}

/** Whether the process that `identityOf` named is the one that now carries its pid. */
export function isAlive(identity) {
  return identity !== undefined && identityOf(Number(identity.split(':')[0])) === identity;
}

/** Resolves to true when `condition` does, or to false after `timeoutMs`. */
export async function waitUntil(condition, timeoutMs) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() > deadline) return false;
    await delay(POLL_MS);
  }
}

/** Sends each signal in turn until the process is gone. `steps` are pairs of a signal and how long to wait after it. */
export async function terminate(pid, steps) {
  const identity = identityOf(pid);
  for (const [signal, waitMs] of steps) {
    if (!isAlive(identity)) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (error.code === 'ESRCH') return;
      throw error;
    }
    if (await waitUntil(() => !isAlive(identity), waitMs)) return;
  }
  throw new Error(`process ${pid} does not end`);
}

/**
 * Signals a process when this one is gone, even by kill -9: the kernel then closes the pipe that `read` waits on.
 * Kill the returned child to call it off.
 */
export function endWithUs(pid, signal) {
  const script = 'read -r _; kill -s "$1" "$2" 2>/dev/null';
  const args = ['-c', script, 'sh', signal.replace('SIG', ''), String(pid)];
  const watchdog = spawn('/bin/sh', args, { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  watchdog.unref();
  watchdog.stdin.unref();
  return watchdog;
}

/** A TCP port of the loopback address that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Runs a program to its end without a shell. Never rejects for its exit code. */
export function capture(file, args, options = {}) {
  return new Promise((resolve) => {
    const { input, ...rest } = options;
    const child = execFile(file, args, { maxBuffer: OUTPUT_LIMIT_BYTES, ...rest }, (error, stdout, stderr) => {
      resolve({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, stdout, stderr: stderr || (error?.message ?? '') });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}

/**
 * Runs a program on this terminal and resolves to its exit code, 128 + the signal's number when a signal ended it. With
 * `detached` it gets a process group of its own, and what it left running in there ends with it.
 */
export function stream(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
    const endGroup = () => {
      try {
        if (options.detached) process.kill(-child.pid, 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    };
    child.on('error', (error) => {
      endGroup();
      reject(error);
    });
    child.on('close', (code, signal) => {
      endGroup();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/** The last lines of a text file; an empty text when it cannot be read. */
export function tailOf(file, lines) {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

/** A signal that aborts at the first Ctrl-C or SIGTERM; a second one ends this process at once. */
export function interruption() {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => controller.abort(new Error(`stopped by ${name}`)));
  return controller.signal;
}
