import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { Logger } from '@nestjs/common';
import { TableUpdater, Warehouse } from '@app/persistence';
import { openObjectStore, type ObjectStore } from '@app/platform';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { UploadLoader } from './upload-loader';
import { UploadStore } from './upload-store';

const ROWS = '1,"a"\n2,"b"\n';
const control = { signal: new AbortController().signal, progress: () => undefined };

describe('UploadLoader (postgres)', () => {
  let database: TestDatabase;
  let folder: string;
  let objects: ObjectStore;
  let uploads: UploadStore;
  let loader: UploadLoader;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    [database, folder] = await Promise.all([createTestDatabase({ migrated: false }), mkdtemp(join(tmpdir(), 'uploads-'))]);
    await database.pool.query('create table site (id bigint, name text)');
    objects = openObjectStore({ url: pathToFileURL(folder).href });
    uploads = new UploadStore(objects);
    loader = new UploadLoader(uploads, new TableUpdater(new Warehouse(database.pool)));
  });
  afterAll(() => Promise.all([database.drop(), rm(folder, { recursive: true })]));
  beforeEach(() => database.pool.query('truncate site'));

  const store = async (rows = ROWS, count = 2): Promise<{ uploadId: string; table: string }> => {
    const uploadId = randomUUID();
    const sha256 = await uploads.putRows(uploadId, Readable.from([Buffer.from(rows)]));
    await uploads.putManifest(uploadId, { table: 'site', columns: ['id', 'name'], rows: count, sha256, strategy: { kind: 'append' } });
    return { uploadId, table: 'site' };
  };
  const rowsOfSite = async (): Promise<number | null> => (await database.pool.query('select from site')).rowCount;
  const isKept = async (id: string): Promise<boolean> => (await objects.stat(`uploads/${id}/manifest.json`)) !== null;

  it('loads an upload and removes its rows from the store', async () => {
    const payload = await store();
    await loader.load(payload, control);
    expect([await rowsOfSite(), await isKept(payload.uploadId)]).toEqual([2, false]);
  });

  it('appends once when its worker was killed after the commit, before or after it removed the rows', async () => {
    const payload = await store();
    const manifest = await uploads.manifest(payload.uploadId);
    await loader.load(payload, control);
    await loader.load(payload, control);
    await uploads.putRows(payload.uploadId, Readable.from([Buffer.from(ROWS)]));
    await uploads.putManifest(payload.uploadId, manifest);
    await loader.load(payload, control);
    expect([await rowsOfSite(), await isKept(payload.uploadId)]).toEqual([2, false]);
  });

  it('writes nothing and keeps everything when the stored rows are damaged', async () => {
    const payload = await store();
    await objects.put(`uploads/${payload.uploadId}/rows.csv`, Buffer.from('1,"a"\n2,"X"\n'));
    await expect(loader.load(payload, control)).rejects.toMatchObject({ code: 'staging-corrupt' });
    expect([await rowsOfSite(), await isKept(payload.uploadId)]).toEqual([0, true]);
  });

  it('says so when the rows are gone or fewer than were checked', async () => {
    await expect(loader.load({ uploadId: randomUUID(), table: 'site' }, control)).rejects.toMatchObject({ code: 'staging-corrupt' });
    await expect(loader.load(await store(ROWS, 3), control)).rejects.toMatchObject({ code: 'staging-corrupt' });
    expect(await rowsOfSite()).toBe(0);
  });

  it('finds uploads that nobody touched since an instant', async () => {
    const { uploadId } = await store();
    const storedBefore = async (instant: Date): Promise<string[]> => {
      const found: string[] = [];
      for await (const id of uploads.storedBefore(instant)) found.push(id);
      return found;
    };
    expect(await storedBefore(new Date(Date.now() + 60_000))).toContain(uploadId);
    expect(await storedBefore(new Date(Date.now() - 60_000))).not.toContain(uploadId);
  });
});
