import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateFolder } from './account.mjs';
import { writePrivate } from './instance.mjs';
import { capture } from './process.mjs';

const USER = 'tributary';
const ANSWER_TIMEOUT_MS = 2_000;
const HEADER_BYTES = 4;
const PROTOCOL_VERSION = 10;

/** What makes the system tables, in this order; newer versions call the files `mariadb_…`. */
const SYSTEM_SCRIPTS = ['system_tables.sql', 'performance_tables.sql', 'system_tables_data.sql'];

// Tests and benchmarks only read from it: it may lose what a crash takes.
const SETTINGS = {
  'bind-address': '127.0.0.1',
  'innodb-flush-log-at-trx-commit': '0',
  'innodb-buffer-pool-size': '256M',
  'innodb-log-file-size': '256M',
  'innodb-use-native-aio': '0',
  'skip-name-resolve': 'on',
};

/** Describes a private MariaDB of a folder to `openInstance`. It has to begin without data each time. */
export function mariadbService({ folder, programs, account }) {
  const dataFolder = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  const grantFile = join(folder, 'grant.sql');
  const server = join(programs.folder, 'mariadbd');
  const base = join(programs.folder, '..');
  const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...(programs.libraryPath && { LD_LIBRARY_PATH: programs.libraryPath }) };
  const asAccount = { cwd: '/', env, uid: account?.uid, gid: account?.gid };
  const password = () => readFileSync(passwordFile, 'utf8');
  const share = shareFolder(base);
  const places = ['--no-defaults', `--basedir=${base}`, `--lc-messages-dir=${share}`, `--datadir=${dataFolder}`];
  return {
    title: 'MariaDB',
    folder,
    dataFolder,
    programs: programs.folder,
    pidFile: join(dataFolder, 'server.pid'),
    stopSteps: [
      ['SIGTERM', 20_000],
      ['SIGKILL', 5_000],
    ],
    async prepare() {
      writePrivate(passwordFile, randomBytes(24).toString('hex'));
      const reader = `'${USER}'@'127.0.0.1'`;
      writePrivate(grantFile, `CREATE USER IF NOT EXISTS ${reader} IDENTIFIED BY '${password()}';\nGRANT ALL ON *.* TO ${reader};\n`);
      if (account) chownSync(grantFile, account.uid, account.gid);
      await initialise();
    },
    command: (port) => ({
      file: server,
      args: [
        ...places,
        `--port=${port}`,
        `--socket=${join(tmpdir(), `tributary-mariadb-${port}.sock`)}`,
        `--pid-file=${join(dataFolder, 'server.pid')}`,
        `--init-file=${grantFile}`,
        ...Object.entries(SETTINGS).map(([name, value]) => `--${name}=${value}`),
      ],
      env,
    }),
    isReady: answers,
    url: (port) => `mysql://${USER}:${password()}@127.0.0.1:${port}/`,
  };

  // As mariadb-install-db does it, which needs programs of other packages.
  async function initialise() {
    privateFolder(dataFolder, account);
    const input = ['create database mysql;', 'use mysql;', ...systemScripts(share), ''].join('\n');
    const made = await capture(server, [...places, '--bootstrap', '--skip-log-bin'], { ...asAccount, input });
    if (made.code !== 0) throw new Error(`the system tables of MariaDB could not be made: ${made.stderr.trim().split('\n').pop()}`);
  }
}

function shareFolder(base) {
  const found = ['share/mysql', 'share/mariadb']
    .map((path) => join(base, path))
    .find((path) => existsSync(join(path, 'english/errmsg.sys')));
  if (found === undefined) throw new Error(`the files of MariaDB are not below ${base}`);
  return found;
}

function systemScripts(share) {
  const files = readdirSync(share);
  return SYSTEM_SCRIPTS.map((script) => {
    const file = [`mysql_${script}`, `mariadb_${script}`].find((name) => files.includes(name));
    if (file === undefined) throw new Error(`${share} holds no ${script}`);
    return readFileSync(join(share, file), 'utf8');
  });
}

/** Whether a server greets there: it does so once it lets clients in. */
function answers(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: ANSWER_TIMEOUT_MS });
    socket.on('data', (greeting) => finish(greeting[HEADER_BYTES] === PROTOCOL_VERSION));
    for (const event of ['error', 'timeout', 'close']) socket.on(event, () => finish(false));
    function finish(ready) {
      socket.destroy();
      resolve(ready);
    }
  });
}
