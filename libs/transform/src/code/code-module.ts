import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { CodeModule } from '../plan';
import { systemErrorCode } from '../system-error';
import { InputInvalidError } from '../transform.errors';

/** A name, never a path. */
export const MODULE_NAME = /^[A-Za-z0-9_-]{1,100}$/;

/**
 * Finds `<name>.mjs` in the folder of reviewed modules. A link that leads out of the folder is refused.
 *
 * @throws {InputInvalidError}
 */
export async function findModule(folder: string | null, name: string): Promise<CodeModule> {
  if (folder === null) throw new InputInvalidError('There are no code modules; TRANSFORM_MODULES_DIR names the folder that holds them.');
  if (!MODULE_NAME.test(name)) {
    throw new InputInvalidError('function_path is the name of a module: letters, digits, - and _; it is no path.');
  }
  const path = await locate(folder, name);
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return { name, path, sha256 };
}

async function locate(folder: string, name: string): Promise<string> {
  try {
    const root = await realpath(folder);
    const path = await realpath(join(root, `${name}.mjs`));
    if (path.startsWith(`${root}${sep}`)) return path;
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
  throw new InputInvalidError(`There is no code module ${name}; add ${name}.mjs to the folder TRANSFORM_MODULES_DIR.`);
}
