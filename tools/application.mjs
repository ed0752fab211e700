// The built API, worker and sample REDCap server as child processes, for the demo and for `npm start`.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writePrivate } from './services/instance.mjs';
import { endWithUs, freePort, stream, tailOf, terminate, waitUntil } from './services/process.mjs';

const READY_TIMEOUT_MS = 60_000;
const REQUEST_TIMEOUT_MS = 10_000;
const LOG_TAIL_LINES = 20;
// The API and the worker drain within 10 s of SIGTERM.
const STOP_STEPS = [
  ['SIGTERM', 15_000],
  ['SIGKILL', 5_000],
];

/** The sample study's settings, as a deployment for that study would set them. */
export function sampleSettings(root) {
  const folders = { PIPELINES_DIR: 'pipelines', AUXILIARY_PATH: 'study/auxiliary', FILTER_PATH: 'study/filter', BLOCK_PATH: 'study/block' };
  const paths = Object.entries(folders).map(([variable, path]) => [variable, join(root, 'samples', path)]);
  return {
    MAPPING_PATH: join(root, 'samples/study/mapping.json'),
    CREATE_TABLES: '1',
    ...Object.fromEntries(paths.filter(([, path]) => existsSync(path))),
  };
}

/** The admin key kept in a folder; made at the first call. */
export function adminKey(folder) {
  const file = join(folder, 'admin-key');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(file)) writePrivate(file, randomBytes(24).toString('base64url'));
  return readFileSync(file, 'utf8');
}

/** Address of the object store kept in a folder. */
export function storeUrl(folder) {
  return pathToFileURL(join(folder, 'store')).href;
}

/** Processes of one application: they share a folder of logs, and are stopped in reverse order. */
export class Application {
  #root;
  #folder;
  #signal;
  #children = [];

  constructor({ root, folder, signal }) {
    this.#root = root;
    this.#folder = folder;
    this.#signal = signal;
    mkdirSync(folder, { recursive: true });
  }

  /** Starts the sample REDCap server and resolves to the settings that point at it. */
  async startRedcap() {
    const token = randomBytes(16).toString('hex').toUpperCase();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/api/`;
    this.#start('redcap', 'dist/samples/redcap-server/main.js', { ...process.env, REDCAP_APPLICATION_TOKEN: token }, [
      '--port',
      String(port),
    ]);
    await this.#ready('redcap', url);
    return { REDCAP_URL_BASE: url, REDCAP_APPLICATION_TOKEN: token };
  }

  /** Starts API and worker; resolves to the API's address once it reports itself healthy. */
  async startTributary(env, port) {
    const url = `http://127.0.0.1:${port}`;
    this.#start('api', 'dist/apps/api/src/main.js', { ...env, PORT: String(port) });
    this.#start('worker', 'dist/apps/worker/src/main.js', { ...env, PORT: String(await freePort()) });
    await this.#ready('api', `${url}/health`, (response) => response.status === 200);
    return url;
  }

  /** Rejects when a process ends. */
  async failure() {
    throw new Error(`${await Promise.race(this.#children.map(({ ended }) => ended))} ended by itself`);
  }

  /** The ends of all logs, for a person who has to find out what went wrong. */
  logTails() {
    return this.#children.map(({ name, logFile }) => `--- end of ${logFile} (${name})\n${tailOf(logFile, LOG_TAIL_LINES)}`).join('\n');
  }

  async stop() {
    for (const { child, watchdog } of this.#children.splice(0).reverse()) {
      watchdog.kill('SIGKILL');
      await terminate(child.pid, STOP_STEPS);
    }
  }

  #start(name, script, env, args = []) {
    const logFile = join(this.#folder, `${name}.log`);
    const output = openSync(logFile, 'w');
    // A group of its own, so that Ctrl-C reaches it through `stop` alone, in order.
    const child = spawn(process.execPath, [join(this.#root, script), ...args], {
      cwd: this.#root,
      env,
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const ended = new Promise((resolve) => child.on('exit', () => resolve(name)));
    this.#children.push({ name, child, logFile, ended, watchdog: endWithUs(child.pid, 'SIGTERM') });
  }

  async #ready(name, url, accepts = () => true) {
    const answers = async () => {
      this.#signal.throwIfAborted();
      const ended = this.#ended();
      if (ended) throw new Error(`${ended.name} ended before it was ready`);
      return fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) }).then(accepts, () => false);
    };
    if (!(await waitUntil(answers, READY_TIMEOUT_MS))) throw new Error(`${name} is not ready after ${READY_TIMEOUT_MS / 1000} s`);
  }

  #ended() {
    return this.#children.find(({ child }) => child.exitCode !== null || child.signalCode !== null);
  }
}

/** Talks to a running API, as a client would. */
export class Client {
  #root;
  #url;
  #env;
  #signal;

  constructor({ root, url, key, signal }) {
    this.#root = root;
    this.#url = url;
    this.#env = { ...process.env, TRIBUTARY_API_URL: url, TRIBUTARY_API_KEY: key };
    this.#signal = signal;
  }

  /** Runs a CLI command on this terminal; rejects when it fails. */
  async cli(...args) {
    const code = await stream(process.execPath, [join(this.#root, 'dist/apps/cli/src/main.js'), ...args], {
      env: this.#env,
      signal: this.#signal,
    });
    if (code !== 0) throw new Error(`tributary ${args.join(' ')} failed with exit code ${code}`);
  }

  /** The names of all pipelines, the REDCap sync first. */
  async pipelines() {
    const names = (await this.#get('/definitions')).map(({ name }) => name);
    return names.sort((a, b) => Number(b === 'redcap') - Number(a === 'redcap') || a.localeCompare(b));
  }

  /** Whether any run of a pipeline succeeded. */
  async hasSucceeded(pipeline) {
    const { runs } = await this.#get(`/runs?pipeline=${encodeURIComponent(pipeline)}&status=succeeded&limit=1`);
    return runs.length > 0;
  }

  async #get(path) {
    const headers = { authorization: `Bearer ${this.#env.TRIBUTARY_API_KEY}` };
    const response = await fetch(`${this.#url}${path}`, { headers, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}`);
    return response.json();
  }
}
