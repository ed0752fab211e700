import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { privateFolder } from './account.mjs';
import { writePrivate } from './instance.mjs';

const ANSWER_TIMEOUT_MS = 2_000;
const DATABASES = 64;

/** Describes the private Redis of a folder to `openInstance`. */
export function redisService({ folder, programs, account, durable }) {
  const dataFolder = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  const configFile = join(dataFolder, 'redis.conf');
  const pidFile = join(dataFolder, 'redis.pid');
  const password = () => readFileSync(passwordFile, 'utf8');
  return {
    title: 'Redis',
    folder,
    dataFolder,
    programs: programs.folder,
    pidFile,
    stopSteps: [
      ['SIGTERM', 10_000],
      ['SIGKILL', 5_000],
    ],
    prepare() {
      privateFolder(dataFolder, account);
      if (!existsSync(passwordFile)) writePrivate(passwordFile, randomBytes(24).toString('hex'));
      const persistence = durable ? 'appendonly yes' : 'appendonly no\nsave ""';
      // In a file, because everybody may read a command line.
      writePrivate(
        configFile,
        `bind 127.0.0.1\nrequirepass ${password()}\ndatabases ${DATABASES}\ndir "${dataFolder}"\npidfile "${pidFile}"\nmaxmemory-policy noeviction\n${persistence}\n`,
      );
      if (account) chownSync(configFile, account.uid, account.gid);
    },
    command: (port) => ({
      file: join(programs.folder, 'redis-server'),
      args: [configFile, '--port', String(port)],
      env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...(programs.libraryPath && { LD_LIBRARY_PATH: programs.libraryPath }) },
    }),
    isReady: (port) => answers(port, password()),
    url: (port) => `redis://:${password()}@127.0.0.1:${port}`,
  };
}

/** Whether our own server answers there and has loaded its data: another one refuses the password. */
function answers(port, password) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: ANSWER_TIMEOUT_MS }, () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
      if (answer === '+OK\r\n+PONG\r\n') finish(true);
      else if (answer.includes('-')) finish(false);
    });
    for (const event of ['error', 'timeout', 'close']) socket.on(event, () => finish(false));
    function finish(ready) {
      socket.destroy();
      resolve(ready);
    }
  });
}
