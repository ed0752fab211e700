// Says as JSON how to run a PostgreSQL whose data lie in the folder of the first argument, made when it is empty; without an
// argument, whether there is one to run. Our own services' code decides where the programs and the account come from.
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serviceAccount, serviceFolder } from '../tools/services/account.mjs';
import { postgresService } from '../tools/services/postgres.mjs';
import { freePort } from '../tools/services/process.mjs';
import { findPrograms, postgresPrograms } from '../tools/services/programs.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const log = (line) => process.stderr.write(`${line}\n`);

async function describe(folder) {
  const account = serviceAccount();
  const programs = await findPrograms(postgresPrograms, { folder: serviceFolder(root, account, log), from: ['machine', 'packages'], log });
  if (!programs.folder) throw new Error(programs.reasons.join('; '));
  if (folder === undefined) return {};
  chmodSync(folder, 0o755);
  const service = postgresService({ folder, programs, account, durable: true });
  await service.prepare();
  const port = await freePort();
  return { ...service.command(port), cwd: service.dataFolder, uid: account?.uid, gid: account?.gid, url: service.url(port) };
}

describe(process.argv[2]).then(
  (answer) => process.stdout.write(JSON.stringify(answer)),
  (error) => {
    log(error.message);
    process.exitCode = 1;
  },
);
