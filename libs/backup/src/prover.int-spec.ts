import { execFile } from 'node:child_process';
import { copyFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toLibpqEnvironment } from '@app/platform';
import { control, Drill } from '../test/drill';
import { ClientTools } from './postgres/client-tools';
import { startProgram, withPrograms } from './postgres/program';
import { ScratchDatabases } from './postgres/scratch-databases';

const run = promisify(execFile);

describe('Prover (postgres)', () => {
  let drill: Drill;
  beforeAll(async () => {
    drill = await Drill.create();
    await drill.run(`create table public.visit (id int); insert into public.visit values (1), (2)`);
    await drill.parts().keeper.backUp('good', 'request', control());
  });
  afterAll(() => drill.dispose());

  it('restores beside the warehouse, compares the rows, and clears up', async () => {
    const { prover, storage } = drill.parts();
    await drill.run('delete from public.visit');
    await prover.prove('good', control());
    const { manifest } = await storage.get('good');
    expect(manifest).toMatchObject({ state: 'proved', origin: 'request' });
    expect(manifest?.provedAt).not.toBeNull();
    expect(await drill.rows('select * from public.visit')).toEqual([]);
    expect(await drill.scratchDatabases()).toEqual([]);
  });

  it('takes the proof back when the backup fails a later trial', async () => {
    const { prover, storage } = drill.parts();
    const { manifest } = await storage.get('good');
    await copyFile(join(drill.folder, 'good'), join(drill.folder, 'spoilt'));
    await storage.putManifest('spoilt', manifest!);
    await truncate(join(drill.folder, 'spoilt'), 100);
    await expect(prover.prove('spoilt', control())).rejects.toThrow('it has 100 bytes');
    expect((await storage.get('spoilt')).manifest).toMatchObject({ state: 'created', provedAt: null });
  });

  it('notices rows that are missing', async () => {
    const { prover, storage } = drill.parts();
    const { manifest } = await storage.get('good');
    await copyFile(join(drill.folder, 'good'), join(drill.folder, 'short'));
    await storage.putManifest('short', { ...manifest!, tables: [{ schema: 'public', table: 'visit', rows: 3 }] });
    await expect(prover.prove('short', control())).rejects.toThrow('table public.visit had 3 rows and a trial restore gave 2');
    expect(await drill.scratchDatabases()).toEqual([]);
  });

  it('proves dumps of others, and then knows what they hold', async () => {
    const { prover, storage, warehouse } = drill.parts();
    await drill.run('insert into public.visit values (7)');
    const { folder } = await new ClientTools([]).forServer(14);
    await run(join(folder, 'pg_dump'), ['--no-owner', '-f', join(drill.folder, 'old.sql')], { env: toLibpqEnvironment(warehouse) });
    expect((await storage.get('old.sql')).manifest).toBeNull();
    await prover.prove('old.sql', control());
    expect((await storage.get('old.sql')).manifest).toMatchObject({
      state: 'proved',
      origin: 'external',
      format: 'plain',
      tables: [{ schema: 'public', table: 'visit', rows: 1 }],
    });
    await writeFile(join(drill.folder, 'old.sql'), '--\n-- PostgreSQL database dump\n--\n');
    await expect(prover.prove('old.sql', control())).rejects.toThrow('cannot be used');
  });

  it('sweeps scratch databases of dead processes, and leaves those in use', async () => {
    const { scratch, warehouse } = drill.parts();
    const [own] = await drill.rows<{ oid: string }>('select oid::text from pg_database where datname = current_database()');
    await drill.run(`create database tributary_scratch_${own!.oid}_dead`);
    await scratch.use(control().signal, async (connection) => {
      expect(await drill.parts().scratch.sweep(control().signal)).toBe(1);
      expect(await drill.scratchDatabases()).toEqual([connection.database]);
      expect(connection.database).not.toBe(warehouse.database);
    });
    expect(await drill.scratchDatabases()).toEqual([]);
  });

  it('leaves a scratch database to the sweep when a reader elsewhere stands still', async () => {
    const { warehouse } = drill.parts();
    const scratch = new ScratchDatabases(warehouse, 1);
    const { folder } = await new ClientTools([]).forServer(14);
    await withPrograms(control().signal, async (signal) => {
      const endless = `copy (select repeat('x', 1000) from generate_series(1, 1000000)) to stdout`;
      startProgram(join(folder, 'psql'), ['--command', endless], toLibpqEnvironment(warehouse), signal);
      const stands = `select from pg_stat_activity where datname = current_database() and wait_event = 'ClientWrite'`;
      while ((await drill.rows(stands)).length === 0);
      expect(await scratch.use(signal, () => Promise.resolve('done'))).toBe('done');
    });
    await scratch.sweep(control().signal);
    expect(await drill.scratchDatabases()).toEqual([]);
  }, 20_000);
});
