import { QueryInvalidError } from '../database.errors';

/**
 * Loads a driver that is not installed with the platform. Its types are not here either: the caller describes what it uses.
 * @throws {QueryInvalidError} naming the package when it is not there.
 */
export async function optionalPackage(name: string, databases: string): Promise<unknown> {
  try {
    const loaded: unknown = await import(name);
    const inner = typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : null;
    return inner ?? loaded;
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new QueryInvalidError(`Reading ${databases} needs the package "${name}", which is not installed: run "npm install ${name}".`);
  }
}

/** A loader may throw an error that belongs to another realm, so its class says nothing. */
const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && /MODULE_NOT_FOUND$/.test(String(error.code));
