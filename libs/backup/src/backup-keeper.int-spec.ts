import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@app/platform';
import { Client } from 'pg';
import { control, Drill } from '../test/drill';
import { ClientTools } from './postgres/client-tools';

describe('BackupKeeper (postgres)', () => {
  let drill: Drill;
  beforeAll(async () => {
    drill = await Drill.create();
    await drill.run(`create schema "Odd ""schema*"; create table public.visit (id int, note text); create table "Odd ""schema*"."a table" (n int);
      insert into public.visit select i, 'note of patient ' || i from generate_series(1, 1000) i; insert into "Odd ""schema*"."a table" values (1), (2)`);
  });
  afterAll(() => drill.dispose());

  it('writes a checked and counted backup of the data, and of nothing else', async () => {
    const { keeper, storage } = drill.parts();
    await keeper.backUp('2024-05-06 07:08:09.123456', 'request', control());
    const { sizeBytes, manifest } = await storage.get('2024-05-06 07:08:09.123456');
    const bytes = await readFile(join(drill.folder, '2024-05-06 07:08:09.123456'));
    expect(manifest).toMatchObject({
      state: 'verified',
      origin: 'request',
      format: 'archive',
      isEncrypted: false,
      sizeBytes,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      tables: [
        { schema: 'Odd "schema*', table: 'a table', rows: 2 },
        { schema: 'public', table: 'visit', rows: 1000 },
      ],
    });
    expect(bytes.includes('a table')).toBe(true);
    expect(bytes.includes('api_key')).toBe(false);
  });

  it('counts what it dumps, whatever is written meanwhile', async () => {
    const { keeper, prover, storage } = drill.parts();
    const writing = new Client({ connectionString: drill.database.url });
    await writing.connect();
    const stop = new AbortController();
    const writes = (async () => {
      while (!stop.signal.aborted) await writing.query(`insert into public.visit values (0, 'meanwhile')`);
    })();
    await keeper.backUp('busy', 'request', control());
    stop.abort();
    await writes;
    await writing.end();
    await prover.prove('busy', control());
    expect((await storage.get('busy')).manifest?.state).toBe('proved');
    await drill.run('delete from public.visit where id = 0');
  });

  it.each([
    [
      'pg_dump fails',
      'grant select on all tables in schema public, "Odd ""schema*" to',
      /pg_dump stopped: .*permission denied for sequence/,
    ],
    ['its rows cannot be counted', 'grant select on public.visit to', /could not be counted \(SQLSTATE 42501\)/],
  ])('leaves nothing behind when %s', async (_what, grant, fault) => {
    const { keeper } = drill.parts();
    const before = await drill.files();
    const password = 'reader-password';
    await drill.run('create sequence public.ticket');
    await drill.withRole(`login password '${password}'`, async (role) => {
      await drill.run(`grant usage on schema "Odd ""schema*" to ${role}; ${grant} ${role}`);
      const reader = drill.parts({ connection: (own) => own.with({ user: role, password: new Secret(password) }) });
      await expect(reader.keeper.backUp('refused', 'request', control())).rejects.toThrow(fault);
    });
    await drill.run('drop sequence public.ticket');
    expect(await drill.files()).toEqual(before);
    await expect(keeper.delete('refused')).rejects.toThrow('There is no backup "refused"');
  });

  it('says which versions do not fit, and makes nothing', async () => {
    const { keeper } = drill.parts({ tools: new ClientTools([], true) });
    await expect(keeper.backUp('never', 'request', control())).rejects.toThrow(
      /The server runs PostgreSQL \d+ and this machine has no pg_dump/,
    );
    expect(await drill.files()).not.toContain('never');
  });

  it('may be tried again when the disk was full', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-tools-'));
    const fault = 'pg_dump: error: could not write to output file: No space left on device';
    const pgDump = `#!/bin/sh\n[ "$1" = --version ] && exec echo 'pg_dump (PostgreSQL) 99.0'\necho '${fault}' >&2\nexit 1\n`;
    await writeFile(join(folder, 'pg_dump'), pgDump, { mode: 0o755 });
    await symlink('/bin/cat', join(folder, 'pg_restore'));
    const before = await drill.files();
    const { keeper } = drill.parts({ tools: new ClientTools([folder], true) });
    const message = expect.stringContaining('No space left on device') as string;
    await expect(keeper.backUp('too large', 'request', control())).rejects.toMatchObject({ retryable: true, message });
    expect(await drill.files()).toEqual(before);
    await rm(folder, { recursive: true });
  });

  it('stops when it is asked to', async () => {
    const stop = new AbortController();
    const progress = ({ done }: { done: number }): void => {
      if (done > 0) stop.abort(new Error('stopped on request'));
    };
    const before = await drill.files();
    await expect(drill.parts().keeper.backUp('stopped', 'request', { signal: stop.signal, progress })).rejects.toThrow(
      'stopped on request',
    );
    expect(await drill.files()).toEqual(before);
  });

  it('serves a user who owns the database and no more, under names and a password that hold every awkward character', async () => {
    const awkward = `a "b" @:/?#%\\ '${randomBytes(4).toString('hex')}`;
    const quoted = `"${awkward.replaceAll('"', '""')}"`;
    const password = 'p@s:s/w?o#r%d\\ "x\'';
    await drill.run(`create role ${quoted} login createdb password '${password.replaceAll("'", "''")}'`);
    await drill.run(`create database ${quoted} owner ${quoted}`);
    const { keeper, prover, restorer, storage, warehouse } = drill.parts({
      connection: (own) => own.with({ database: awkward, user: awkward, password: new Secret(password) }),
    });
    const client = new Client({ host: warehouse.host, port: warehouse.port, database: awkward, user: awkward, password });
    await client.connect();
    try {
      await client.query(`create extension pgcrypto; create table t (n int, salt text default gen_salt('md5')); insert into t values (1)`);
      await keeper.backUp('awkward', 'request', control());
      await prover.prove('awkward', control());
      await client.query('update t set n = 2');
      await restorer.restore('awkward', control());
      expect((await client.query('select n from t')).rows).toEqual([{ n: 1 }]);
      expect((await storage.get('awkward')).manifest?.tables).toEqual([{ schema: 'public', table: 't', rows: 1 }]);
    } finally {
      await client.end();
      await drill.run(`drop database ${quoted} with (force)`);
      await drill.run(`drop role ${quoted}`);
    }
  });

  describe('encrypted', () => {
    const key = randomBytes(32).toString('base64');

    it('hides the rows and gives them back', async () => {
      const { keeper, restorer, storage } = drill.parts({ encryptionKey: 'env:DRILL_KEY', variables: { DRILL_KEY: key } });
      await keeper.backUp('secret', 'request', control());
      expect((await storage.get('secret')).manifest).toMatchObject({ isEncrypted: true });
      expect((await readFile(join(drill.folder, 'secret'))).includes('visit')).toBe(false);
      await drill.run('delete from public.visit');
      await restorer.restore('secret', control());
      expect(await drill.rows('select count(*)::int as n from public.visit')).toEqual([{ n: 1000 }]);
    });

    it.each<[string, (bytes: Buffer) => Buffer]>([
      ['altered', (bytes) => Buffer.concat([bytes.subarray(0, 100), Buffer.from([bytes.readUInt8(100) ^ 1]), bytes.subarray(101)])],
      ['cut short', (bytes) => bytes.subarray(0, -1)],
    ])('is refused when it was %s, also where nothing is known of it', async (kind, spoil) => {
      const { restorer } = drill.parts({ encryptionKey: key });
      await writeFile(join(drill.folder, kind), spoil(await readFile(join(drill.folder, 'secret'))));
      await expect(restorer.restore(kind, control())).rejects.toThrow('altered or cut short');
      expect(await drill.rows('select count(*)::int as n from public.visit')).toEqual([{ n: 1000 }]);
    });

    it('is refused without its key, and with another', async () => {
      await expect(drill.parts().restorer.restore('secret', control())).rejects.toThrow('BACKUP_ENCRYPTION_KEY is not set');
      await expect(drill.parts({ encryptionKey: 'ff'.repeat(32) }).restorer.restore('secret', control())).rejects.toThrow('another key');
      await expect(drill.parts({ encryptionKey: 'too short' }).keeper.backUp('x', 'request', control())).rejects.toThrow(
        'must be 32 bytes',
      );
    });
  });

  it('keeps to the retention policy, and never touches dumps of others', async () => {
    const { keeper, prover, storage } = drill.parts({ retention: { last: 2 } });
    for (const { name } of await storage.list()) await storage.delete(name);
    await writeFile(join(drill.folder, 'of others.sql'), 'select 1;');
    await keeper.backUp('one', 'request', control());
    await prover.prove('one', control());
    for (const name of ['two', 'three', 'four']) await keeper.backUp(name, 'schedule', control());
    expect((await storage.list()).map(({ name }) => name).sort()).toEqual(['four', 'of others.sql', 'one', 'three']);
  });
});
