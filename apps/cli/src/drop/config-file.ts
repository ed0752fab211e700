import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { parseDropConfig, type DropConfig, type DropConfigFault } from '@app/platform';

/** Definitions have shorter names than files may. */
const MAX_NAME_LENGTH = 63;
/** The first script may end in a comment, or without a semicolon. */
const BETWEEN_SCRIPTS = '\n;\n';

export interface ConfigFile {
  /** Of the definition it is stored as; the ledger of its drops goes by it. */
  readonly name: string;
  readonly config: DropConfig;
  /** As the API takes it. */
  readonly definition: object;
}

export class ConfigFileMissingError extends Error {}

/** Everything that is wrong with a configuration, by the path of its key. */
export class ConfigFileFaultyError extends Error {
  constructor(readonly faults: readonly DropConfigFault[]) {
    super();
  }
}

/** @throws {ConfigFileMissingError} @throws {ConfigFileFaultyError} with every fault at once */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const json = parseJson(
    await readFile(path, 'utf8').catch(() => {
      throw new ConfigFileMissingError();
    }),
  );
  const parsed = parseDropConfig(json);
  if ('faults' in parsed) throw new ConfigFileFaultyError(parsed.faults);
  const { config } = parsed;
  const source = { kind: 'drop', config: json };
  if (config.sqlFile === null) return { name: definitionName(path), config, definition: { source } };
  const scripts = [...(config.postSql === null ? [] : [config.postSql]), await readSql(config.sqlFile)];
  return { name: definitionName(path), config, definition: { source, load: { afterSql: scripts.join(BETWEEN_SCRIPTS) } } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigFileFaultyError([{ path: '', message: 'The file is not JSON.' }]);
  }
}

/** Old configurations name a file of SQL, as seen from where the program is started. */
function readSql(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => {
    throw new ConfigFileFaultyError([{ path: 'sql_query', message: 'names a file that cannot be read' }]);
  });
}

/** The file's base name in the letters that names of definitions have. */
export function definitionName(path: string): string {
  const name = basename(path, extname(path))
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-');
  return (/^[a-z]/.test(name) ? name : `drop-${name}`).slice(0, MAX_NAME_LENGTH);
}
