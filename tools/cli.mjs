// `npm run --silent cli -- …`: the command line, installed and built first where that was never done.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuild, ensureDependencies } from './dev-services.mjs';
import { stream } from './services/process.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const script = join(root, 'dist/apps/cli/src/main.js');
// Preparations tell on stderr; stdout belongs to the command.
const log = (line) => process.stderr.write(`${line}\n`);

if (!existsSync(script)) {
  await ensureDependencies(root, { log });
  await ensureBuild(root, { log });
}
process.exitCode = await stream(process.execPath, [script, ...process.argv.slice(2)], { stdio: 'inherit' });
