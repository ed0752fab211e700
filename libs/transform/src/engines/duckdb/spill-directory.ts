import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemErrorCode } from '../../system-error';

/** Directories of this process that are in use. */
const inUse = new Set<string>();

/** A directory for temporary files of one piece of work, below a root that several processes may share; what a process leaves that is killed goes with the next one. */
export class SpillDirectory {
  private constructor(
    readonly path: string,
    private readonly name: string,
  ) {}

  /** Makes a new directory, and removes what dead processes of this machine left behind. */
  static async create(root: string): Promise<SpillDirectory> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await sweep(root);
    const name = `${process.pid}-${randomUUID()}@${hostname()}`;
    const path = join(root, name);
    inUse.add(name);
    await mkdir(path, { mode: 0o700 });
    return new SpillDirectory(path, name);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    inUse.delete(this.name);
  }
}

async function sweep(root: string): Promise<void> {
  const names = await readdir(root);
  await Promise.all(names.filter(isStale).map((name) => rm(join(root, name), { recursive: true, force: true })));
}

/** Process ids mean something on their own machine only; our own id may have been another process's before. */
function isStale(name: string): boolean {
  const match = /^(\d+)-[0-9a-f-]+@(.+)$/.exec(name);
  if (!match || match[2] !== hostname()) return false;
  const pid = Number(match[1]);
  return pid === process.pid ? !inUse.has(name) : !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}
