import { spawn } from 'node:child_process';
import { utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buffer, text } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { openBucket, type ObjectStore } from '@app/platform';
import { pack } from 'tar-stream';
import type { ApiClient } from './api-client';
import type { PlatformUnderTest } from './platform-under-test';

const CLI = join(__dirname, '../dist/apps/cli/src/main.js');
export const BUCKET = 'drops';

export const TABLES = `
  create schema if not exists orchard;
  create table orchard.tree (tree_id varchar(20) not null, species varchar(40), alive bool, row_code varchar(8));
  create table orchard.pick (pick_id varchar(20) not null, tree_id varchar(20), kilos numeric(8,2), memo varchar(200), picked_at timestamp, crew varchar(40));
  create table orchard.worker (worker_id varchar(20) not null, name varchar(60), badge varchar(20))`;

export const CONFIG = {
  bucket: BUCKET,
  source: 'client',
  destination: 'processed',
  directory: 'orchard',
  doc: 'orchard-export.*',
  schema: 'orchard',
  truncate: true,
  delim: '|',
  target: { kind: 'postgres' },
  files: {
    trees: { dbtable: 'tree', column_count: 4, columns: ['tree_id', 'species', 'alive', 'row_code'] },
    picks: {
      dbtable: 'pick',
      column_count: 5,
      columns: ['pick_id', 'tree_id', 'kilos', 'memo', 'picked_at'],
      dateformat: [{ field: 'picked_at', format: '%Y-%m-%d %H:%M:%S.%f' }],
      derive: [{ column: 'crew', from: 'memo', split: ' - ', index: 1 }],
    },
    workers: { dbtable: 'worker', column_count: 3, columns: ['worker_id', 'name', 'badge'] },
  },
};

/** The drop D1; a test spoils one member. */
export const MEMBERS: Readonly<Record<string, string>> = {
  'trees.csv': 'a,b,c,d\n001,Plum,true,N1\n002,"Pear|red",FALSE,\n',
  'picks.csv': 'p,t,k,m,d\nP1,001,4.50,Field - Ana - early,2025-03-01 06:30:00.250\nP2,002,,no crew,2025-03-01 07:00:00.000\n',
  'workers.csv': 'w,n,b\nW1,"Jo ""J"" Roy",0042\nW2,Li\\Wei,-\n',
};

export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface DropView {
  readonly id: string;
  readonly key: string;
  readonly state: string;
  readonly finding: string | null;
  readonly reason: string | null;
  readonly members: readonly { readonly name: string; readonly rows: number }[];
}

/** The bucket of one deployment, and the command that loads what lies in it. */
export class Orchard {
  constructor(
    private readonly platform: PlatformUnderTest,
    private readonly api: ApiClient,
    private readonly store: ObjectStore = openBucket({ url: pathToFileURL(platform.storeFolder).href }, BUCKET),
  ) {}

  /** Forgets all drops, with what was loaded of them: the deployment is as if it were new. */
  async clear(): Promise<void> {
    await this.platform.pool.query(`drop schema if exists orchard cascade; ${TABLES}`);
    for (const folder of ['client/', 'inbox/', 'processed/']) await this.store.deletePrefix(folder);
    const { rows } = await this.platform.pool.query<{ name: string }>(
      `select format('tributary.%I', tablename) as name from pg_tables where schemaname = 'tributary' and tablename ~ '^(drop_|publi)'`,
    );
    await this.platform.pool.query(`truncate ${rows.map(({ name }) => name).join(', ')} cascade`);
  }

  /** Uploads an archive at a time of 1 March 2025. */
  async upload(name: string, time: string, members: Readonly<Record<string, string>> = MEMBERS, folder = 'client/orchard/'): Promise<void> {
    const archive = pack();
    for (const [member, content] of Object.entries(members)) archive.entry({ name: member, mtime: new Date(0) }, content);
    archive.finalize();
    await this.put(`${folder}${name}`, await buffer(archive.pipe(createGzip())), time);
  }

  /** The time is that of a folder's object; an S3 server has its own. */
  async put(key: string, content: string | Buffer, time = '09:00'): Promise<void> {
    await this.store.put(key, Buffer.from(content));
    const path = await this.store.local(key);
    const at = new Date(`2025-03-01T${time}:00Z`);
    if (path !== null) await utimes(path, at, at);
  }

  /** Whether anything lies at a key or below it. */
  async holds(key: string): Promise<boolean> {
    return !(await this.store.list(key)[Symbol.asyncIterator]().next()).done;
  }

  /** Runs `tributary drop` over a configuration of this name. */
  async drop(config: object, { name = 'orchard', flags = [] as readonly string[] } = {}): Promise<Outcome> {
    const path = join(this.platform.folder, `${name}.json`);
    await writeFile(path, JSON.stringify(config));
    const env = { PATH: process.env.PATH ?? '', TRIBUTARY_API_URL: this.api.url };
    const child = spawn(process.execPath, [CLI, 'drop', path, ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
    const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
    return { exitCode, stdout, stderr };
  }

  /** By base name of the key. */
  async states(): Promise<Record<string, string>> {
    const drops = await this.api.get<DropView[]>('/drops');
    return Object.fromEntries(drops.map(({ key, state }) => [basename(key), state]));
  }

  drops(): Promise<DropView[]> {
    return this.api.get<DropView[]>('/drops');
  }

  async rows(sql: string): Promise<unknown[]> {
    return (await this.platform.pool.query<Record<string, unknown>>({ text: sql, rowMode: 'array' } as never)).rows;
  }
}
