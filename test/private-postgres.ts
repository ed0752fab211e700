import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@app/testing';
import { Client } from 'pg';

const SCRIPT = join(__dirname, 'describe-postgres.mjs');

interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly url: string;
}

/** Whether this machine has a PostgreSQL that a test may start and crash. */
export const canStartPostgres = (): boolean => spawnSync(process.execPath, [SCRIPT]).status === 0;

/** A PostgreSQL of one test's own, which it may take away and give back. */
export class PrivatePostgres {
  private child: ChildProcess | null = null;

  private constructor(
    private readonly folder: string,
    private readonly command: Command,
  ) {}

  static async start(): Promise<PrivatePostgres> {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-postgres-'));
    const described = spawnSync(process.execPath, [SCRIPT, folder], { encoding: 'utf8' });
    if (described.status !== 0) throw new Error(`PostgreSQL cannot be set up: ${described.stderr}`);
    const server = new PrivatePostgres(folder, JSON.parse(described.stdout) as Command);
    await server.start();
    return server;
  }

  /** Address of its own database. The port stays the same over restarts. */
  get url(): string {
    return this.command.url;
  }

  async start(): Promise<void> {
    const { file, args, env, cwd, uid, gid } = this.command;
    this.child = spawn(file, [...args], { env, cwd, uid, gid, stdio: 'ignore' });
    await eventually('PostgreSQL lets clients in', () => this.answers());
  }

  /** What `pg_ctl stop -m immediate` does: nothing is written back, and the next start recovers from the log. */
  crash(): Promise<void> {
    return this.end('SIGQUIT');
  }

  /** Stops it and removes its data. */
  async dispose(): Promise<void> {
    await this.end('SIGINT');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child) return;
    child.kill(signal);
    await eventually(`PostgreSQL ends after ${signal}`, () => child.exitCode !== null || child.signalCode !== null);
    this.child = null;
  }

  private async answers(): Promise<boolean> {
    const client = new Client({ connectionString: this.url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end();
    }
  }
}
