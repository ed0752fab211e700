import { mkdtempSync } from 'node:fs';
import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openObjectStore } from '@app/platform';
import { BackupStorage } from './backup-storage';
import type { Manifest } from './manifest';

const NEVER = new AbortController().signal;
const MANIFEST: Manifest = {
  state: 'verified',
  origin: 'request',
  format: 'archive',
  isEncrypted: false,
  sizeBytes: 1,
  sha256: '',
  tables: [],
  serverVersion: '15.1',
  createdAt: new Date(0).toISOString(),
  provedAt: null,
};

describe('BackupStorage (folder)', () => {
  let folder: string;
  let storage: BackupStorage;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-storage-'));
    storage = new BackupStorage(openObjectStore({ url: pathToFileURL(folder).href }), '');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const file = async (name: string, modifiedSeconds: number): Promise<void> => {
    await writeFile(join(folder, name), 'x');
    await utimes(join(folder, name), modifiedSeconds, modifiedSeconds);
  };
  const names = async (): Promise<string[]> => (await storage.list()).map(({ name }) => name);

  it('lists regular files, newest first', async () => {
    await Promise.all([file('a', 10), file('b', 30), file('c', 20), mkdir(join(folder, 'redcap_data_dictionary'))]);
    await writeFile(join(folder, 'redcap_data_dictionary/export.json'), '{}');
    expect(await names()).toEqual(['b', 'c', 'a']);
  });

  it('orders those of one second by name, descending', async () => {
    await Promise.all([file('2024-05-06 07:08:09.1', 50.9), file('2024-05-06 07:08:09.3', 50.1), file('2024-05-06 07:08:09.2', 50.5)]);
    expect(await names()).toEqual(['2024-05-06 07:08:09.3', '2024-05-06 07:08:09.2', '2024-05-06 07:08:09.1']);
  });

  it('is empty where there is no folder', async () => {
    await rm(folder, { recursive: true });
    expect(await names()).toEqual([]);
  });

  it('shows no hidden file, no link and nothing half-written', async () => {
    await Promise.all([file('.partial', 10), symlink('/etc/hostname', join(folder, 'link'))]);
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from('half');
      expect(await names()).toEqual([]);
      throw new Error('pg_dump stopped');
    }
    await expect(storage.put('half', broken(), NEVER)).rejects.toThrow('pg_dump stopped');
    expect(await names()).toEqual([]);
    expect(await storage.find('.partial')).toBeNull();
    expect(await storage.find('../etc/passwd')).toBeNull();
  });

  it('lies below its prefix in a store that holds other things', async () => {
    const shared = new BackupStorage(openObjectStore({ url: pathToFileURL(folder).href }), 'backups/');
    await mkdir(join(folder, 'staging'));
    await file('staging/part', 10);
    async function* content(): AsyncGenerator<Buffer> {
      yield Buffer.from('x');
    }
    await shared.put('a', content(), NEVER);
    await shared.putManifest('a', MANIFEST);
    expect((await shared.describeAll()).map(({ name, manifest }) => [name, manifest?.state])).toEqual([['a', 'verified']]);
    expect(await names()).toEqual([]);
  });

  it('knows nothing of a backup whose manifest is spoilt', async () => {
    await file('a', 10);
    await storage.putManifest('a', MANIFEST);
    for (const spoilt of ['{', '{"state":"proved"}']) {
      await writeFile(join(folder, '.manifests/a.json'), spoilt);
      expect((await storage.describeAll()).map(({ manifest }) => manifest)).toEqual([null]);
    }
  });

  it('deletes a backup with what is known of it', async () => {
    await file('a', 10);
    await storage.putManifest('a', MANIFEST);
    expect((await storage.get('a')).manifest).toEqual(MANIFEST);
    await storage.delete('a');
    await file('a', 20);
    expect((await storage.get('a')).manifest).toBeNull();
  });

  it('sweeps old manifests whose backup is gone, and keeps the others', async () => {
    await file('kept', 10);
    for (const name of ['kept', 'gone', 'being made']) await storage.putManifest(name, MANIFEST);
    for (const name of ['kept', 'gone']) await utimes(join(folder, `.manifests/${name}.json`), 10, 10);
    expect(await storage.sweep()).toBe(1);
    expect((await storage.get('kept')).manifest).toEqual(MANIFEST);
    await file('gone', 10);
    await file('being made', 10);
    expect((await storage.get('gone')).manifest).toBeNull();
    expect((await storage.get('being made')).manifest).toEqual(MANIFEST);
  });
});
