import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MS = 100;
const NOTICE_AFTER_MS = 3_000;

/**
 * Runs `work` while no other process of this machine does so for the same folder. The lock is a Linux abstract socket:
 * the kernel gives it back when its holder dies, however it dies, so a stale lock cannot exist.
 */
export async function withLock(folder, log, work) {
  const name = `\0tributary-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`;
  const startedAt = Date.now();
  let noticed = false;
  let server = await tryListen(name);
  while (!server) {
    if (!noticed && Date.now() - startedAt > NOTICE_AFTER_MS) {
      log('waiting for another process that is starting or stopping the services of this folder');
      noticed = true;
    }
    await delay(RETRY_MS);
    server = await tryListen(name);
  }
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function tryListen(name) {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.on('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(name, () => resolve(server));
  });
}
