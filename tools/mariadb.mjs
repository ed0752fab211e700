// A private MariaDB for tests of the database source: writes its URL to stdout and keeps it until it is asked to stop.
import { fileURLToPath } from 'node:url';
import { startMariadb } from './dev-services.mjs';
import { interruption } from './services/process.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const signal = interruption();
// Keeps the process up while it waits for a signal.
const KEEP_UP_MS = 60_000;

async function main() {
  const server = await startMariadb({ root, log: (line) => process.stderr.write(`${line}\n`), profile: 'test' });
  process.stdout.write(`${server.url}\n`);
  const up = setInterval(() => undefined, KEEP_UP_MS);
  await new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', resolve, { once: true });
  });
  clearInterval(up);
  await server.stop();
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
