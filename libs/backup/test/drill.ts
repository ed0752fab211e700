import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openObjectStore, parseDatabaseUrl, SecretResolver, type DatabaseConnection, type DatabaseSettings } from '@app/platform';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import type { QueryResultRow } from 'pg';
import { BackupKeeper } from '../src/backup-keeper';
import type { BackupControl } from '../src/backup-control';
import { BackupMaker } from '../src/backup-maker';
import { BackupRestorer } from '../src/backup-restorer';
import { ArchiveWriter } from '../src/content/archive-writer';
import { BackupContents } from '../src/content/backup-contents';
import { EncryptionKeys } from '../src/content/encryption-key';
import { Inspector } from '../src/content/inspector';
import { ClientTools } from '../src/postgres/client-tools';
import { ScratchDatabases } from '../src/postgres/scratch-databases';
import { Prover } from '../src/prover';
import { Replay } from '../src/restore/replay';
import type { RetentionPolicy } from '../src/retention';
import { BackupStorage } from '../src/storage/backup-storage';

export interface DrillOptions {
  readonly encryptionKey?: string;
  /** What `env:` references find. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly retention?: Partial<RetentionPolicy>;
  readonly tools?: ClientTools;
  /** How to reach the drill's database, where it is not as the test server says. */
  readonly connection?: (own: DatabaseConnection) => DatabaseConnection;
}

/** A warehouse of a test file's own, which is also the control database, and a folder of backups. */
export class Drill {
  private constructor(
    readonly database: TestDatabase,
    /** Where the backups lie. */
    readonly folder: string,
  ) {}

  static async create(): Promise<Drill> {
    return new Drill(await createTestDatabase(), mkdtempSync(join(tmpdir(), 'tributary-backup-')));
  }

  /** All parts, wired as the module does it, over this drill's warehouse and folder. */
  parts({ encryptionKey, variables = {}, retention = {}, tools = new ClientTools([]), connection = (own) => own }: DrillOptions = {}) {
    const warehouse = connection(parseDatabaseUrl(this.database.url));
    const databases: DatabaseSettings = { control: warehouse, warehouse, connections: new Map(), defaultSource: null, poolSize: 2 };
    const config = {
      folder: this.folder,
      encryptionKey: encryptionKey ?? null,
      beforePublish: true,
      schedule: null,
      retention: { last: 0, daily: 0, weekly: 0, monthly: 0, ...retention },
      programFolders: [],
    };
    const storage = new BackupStorage(openObjectStore({ url: pathToFileURL(this.folder).href }), '');
    const contents = new BackupContents(
      storage,
      new EncryptionKeys(config.encryptionKey, new SecretResolver({ env: variables, vault: null })),
    );
    const maker = new BackupMaker(storage, new ArchiveWriter(storage, contents), tools);
    const inspector = new Inspector(databases, storage, contents, tools);
    const replay = new Replay(contents);
    const scratch = new ScratchDatabases(warehouse);
    const prover = new Prover(storage, inspector, scratch, replay);
    const restorer = new BackupRestorer(databases, storage, maker, inspector, prover, replay);
    return { warehouse, storage, scratch, prover, restorer, keeper: new BackupKeeper(databases, config, storage, maker) };
  }

  async rows<T extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.database.pool.query<T>(sql, values)).rows;
  }

  async run(sql: string): Promise<void> {
    await this.database.pool.query(sql);
  }

  /** A role of the server that lives as long as the work, and takes its rights along. */
  async withRole(attributes: string, work: (role: string) => Promise<void>): Promise<void> {
    const role = `drill_${randomBytes(6).toString('hex')}`;
    await this.run(`create role ${role} ${attributes}`);
    try {
      await work(role);
    } finally {
      await this.run(`drop owned by ${role}; drop role ${role}`);
    }
  }

  /** Scratch databases that stand now. */
  async scratchDatabases(): Promise<string[]> {
    const found = await this.rows<{ name: string }>(
      `select datname as name from pg_database where datname like 'tributary_scratch_' || (select oid from pg_database where datname = current_database()) || '_%'`,
    );
    return found.map(({ name }) => name);
  }

  /** Every file of the backup folder, hidden ones too. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  }

  async dispose(): Promise<void> {
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export const control = (signal: AbortSignal = new AbortController().signal): BackupControl => ({ signal, progress: () => undefined });
