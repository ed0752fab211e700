import { execFile } from 'node:child_process';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ClientToolsError } from '../backup.errors';

/** Where Debian and Ubuntu install each major version. */
const DEBIAN_FOLDER = '/usr/lib/postgresql';
const PROGRAM = 'pg_dump';
const VERSION_TIMEOUT_MS = 10_000;
/** Older ones do not know `--extension`. */
const OLDEST_USABLE_MAJOR = 14;

const run = promisify(execFile);

/** A folder with `pg_dump`, `pg_restore` and `psql` of one major version. */
export interface ToolSet {
  readonly folder: string;
  readonly major: number;
}

/** Finds PostgreSQL's client programs on this machine. */
export class ClientTools {
  /** What programs said, by path and time of their file, so that one that was upgraded is asked anew. */
  private readonly known = new Map<string, number>();

  /** Folders are looked at in this order, after Debian's own unless `only` says otherwise. */
  constructor(
    private readonly folders: readonly string[],
    private readonly only = false,
  ) {}

  /**
   * The programs of the server's major version, else of the next one above: programs older than the server refuse to work,
   * and much newer ones write settings that it does not know.
   * @throws {ClientToolsError} naming both versions
   */
  async forServer(serverMajor: number): Promise<ToolSet> {
    const found = await this.find();
    const usable = found.filter(({ major }) => major >= Math.max(serverMajor, OLDEST_USABLE_MAJOR));
    const [closest] = usable.sort((a, b) => a.major - b.major);
    if (closest) return closest;
    const newest = Math.max(...found.map(({ major }) => major));
    const have = found.length === 0 ? 'this machine has no pg_dump' : `the newest pg_dump on this machine is ${newest}`;
    const need = Math.max(serverMajor, OLDEST_USABLE_MAJOR);
    throw new ClientToolsError(
      `The server runs PostgreSQL ${serverMajor} and ${have}; install the PostgreSQL client programs, version ${need} or newer.`,
    );
  }

  private async find(): Promise<ToolSet[]> {
    const folders = await Promise.all([...(this.only ? [] : await debianFolders()), ...this.folders].map(programFolder));
    const distinct = [...new Set(folders)].filter((folder) => folder !== null);
    const sets = await Promise.all(distinct.map(async (folder) => ({ folder, major: await this.majorOf(join(folder, PROGRAM)) })));
    return sets.filter((set): set is ToolSet => set.major !== null);
  }

  /** Null when it does not work. */
  private async majorOf(program: string): Promise<number | null> {
    try {
      const identity = `${program} ${(await stat(program)).mtimeMs}`;
      const major = this.known.get(identity) ?? (await askedMajor(program));
      this.known.set(identity, major);
      return major;
    } catch {
      return null;
    }
  }
}

async function debianFolders(): Promise<string[]> {
  const versions = await readdir(DEBIAN_FOLDER).catch(() => []);
  return versions.map((version) => join(DEBIAN_FOLDER, version, 'bin'));
}

/** Where the folder's `pg_dump` really lies; null when there is none, or only Debian's wrapper, which chooses one by itself. */
async function programFolder(folder: string): Promise<string | null> {
  const program = await realpath(join(folder, PROGRAM)).catch(() => '');
  return basename(program) === PROGRAM ? dirname(program) : null;
}

async function askedMajor(program: string): Promise<number> {
  const { stdout } = await run(program, ['--version'], { env: {}, timeout: VERSION_TIMEOUT_MS });
  const [, major] = /\(PostgreSQL\) (\d+)/.exec(stdout) ?? [];
  if (major === undefined) throw new Error(`${program} does not say its version`);
  return Number(major);
}
