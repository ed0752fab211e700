import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { writePrivate } from './instance.mjs';
import { privateFolder } from './account.mjs';
import { capture } from './process.mjs';

// Not the name of a schema of ours: PostgreSQL puts the schema named like the user before `public`.
const USER = 'postgres';
const DATABASE = 'tributary';
const PROTOCOL_VERSION = 196_608; // 3.0
const ANSWER_TIMEOUT_MS = 2_000;
const AUTHENTICATION_REQUEST = 'R'.charCodeAt(0);

// Safe at any crash, yet quick to load: no replica reads this log, so it need not carry what COPY into a new table writes.
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  // TCP alone: the path of a socket may not exceed 107 bytes, and checkouts lie deep.
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  log_checkpoints: 'off',
};
const VOLATILE_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Describes the private PostgreSQL of a folder to `openInstance`. */
export function postgresService({ folder, programs, account, durable }) {
  const dataFolder = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...(programs.libraryPath && { LD_LIBRARY_PATH: programs.libraryPath }) };
  const asAccount = { cwd: '/', env, uid: account?.uid, gid: account?.gid };
  const settings = { ...SETTINGS, ...(durable ? {} : VOLATILE_SETTINGS) };
  return {
    title: 'PostgreSQL',
    folder,
    dataFolder,
    programs: programs.folder,
    pidFile: join(dataFolder, 'postmaster.pid'),
    stopSteps: [
      ['SIGINT', 20_000],
      ['SIGQUIT', 10_000],
      ['SIGKILL', 5_000],
    ],
    prepare: () => (existsSync(dataFolder) ? checkVersion(dataFolder, programs, asAccount) : initialise()),
    command: (port) => ({
      file: join(programs.folder, 'postgres'),
      args: ['-D', dataFolder, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      env,
    }),
    isReady: answers,
    url: (port) => `postgresql://${USER}:${readFileSync(passwordFile, 'utf8')}@127.0.0.1:${port}/${DATABASE}`,
  };

  // Made beside its place and moved there when whole: a killed start leaves nothing half-made that a later one would trust.
  async function initialise() {
    const making = join(folder, 'data.new');
    const secret = join(making, '..', 'password.new');
    rmSync(making, { recursive: true, force: true });
    privateFolder(making, account);
    const password = randomBytes(24).toString('hex');
    writePrivate(passwordFile, password);
    writePrivate(secret, password);
    if (account) chownSync(secret, account.uid, account.gid);
    const options = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8', ...(durable ? [] : ['--no-sync'])];
    const made = await capture(join(programs.folder, 'initdb'), ['-D', making, '-U', USER, `--pwfile=${secret}`, ...options], asAccount);
    rmSync(secret, { force: true });
    if (made.code !== 0) throw new Error(`initdb failed: ${made.stderr.trim()}`);
    const single = ['--single', '-D', making, 'postgres'];
    const created = await capture(join(programs.folder, 'postgres'), single, { ...asAccount, input: `create database ${DATABASE};\n` });
    if (created.code !== 0) throw new Error(`the database ${DATABASE} could not be made: ${created.stderr.trim()}`);
    renameSync(making, dataFolder);
  }
}

async function checkVersion(dataFolder, programs, asAccount) {
  const made = readFileSync(join(dataFolder, 'PG_VERSION'), 'utf8').trim();
  const { stdout } = await capture(join(programs.folder, 'postgres'), ['--version'], asAccount);
  const major = /\) (\d+)/.exec(stdout)?.[1];
  if (major !== made) {
    throw new Error(
      `${dataFolder} was made by PostgreSQL ${made}, but ${programs.folder} holds ${major}. Install ${made}, or remove that folder to begin anew.`,
    );
  }
}

/** Whether a server lets clients in there: one that still recovers, or shuts down, answers a login with an error instead. */
function answers(port) {
  const body = Buffer.from(`user\0${USER}\0database\0${DATABASE}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + body.length, 0);
  head.writeInt32BE(PROTOCOL_VERSION, 4);
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: ANSWER_TIMEOUT_MS }, () => socket.write(Buffer.concat([head, body])));
    socket.on('data', (answer) => finish(answer[0] === AUTHENTICATION_REQUEST));
    for (const event of ['error', 'timeout', 'close']) socket.on(event, () => finish(false));
    function finish(ready) {
      socket.destroy();
      resolve(ready);
    }
  });
}
