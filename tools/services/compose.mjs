import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePrivate } from './instance.mjs';
import { capture, freePort, identityOf, isAlive } from './process.mjs';

const COMPOSE_FILE = fileURLToPath(new URL('compose.yaml', import.meta.url));
const URLS = {
  postgres: (password, port) => `postgresql://postgres:${password}@127.0.0.1:${port}/tributary`,
  redis: (password, port) => `redis://:${password}@127.0.0.1:${port}`,
};

/** Whether a Docker engine answers and Compose is there to talk to it. */
export async function composeAnswers() {
  for (const args of [['compose', 'version'], ['info']]) {
    if ((await capture('docker', args)).code !== 0) return false;
  }
  return true;
}

/** Like `openInstance`, in a container. `service` is `postgres` or `redis`. */
export async function openContainer(service, { folder, fresh, log }) {
  mkdirSync(folder, { recursive: true });
  const stateFile = join(folder, 'container.json');
  const known = existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, 'utf8')) : undefined;
  const joined = known !== undefined && isAlive(known.owner);
  const password = known?.password ?? randomBytes(24).toString('hex');
  const port = joined ? known.port : await freePort();
  if (joined) return { url: URLS[service](password, port), stop: () => Promise.resolve() };

  const project = `tributary-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`;
  const env = { ...process.env, SERVICE_PASSWORD: password, SERVICE_PORT: String(port) };
  const compose = async (...args) => {
    const { code, stderr } = await capture('docker', ['compose', '-p', project, '-f', COMPOSE_FILE, ...args], { env });
    if (code !== 0) throw new Error(`docker compose ${args[0]} failed: ${stderr.trim()}`);
  };
  const down = () => compose('down', ...(fresh ? ['--volumes'] : []));
  if (known) await down();
  writePrivate(stateFile, JSON.stringify({ password, port, owner: identityOf(process.pid) }));
  await compose('up', '--detach', '--wait', service);
  log(`${service}: started with docker compose, port ${port}`);
  return { url: URLS[service](password, port), stop: down };
}
