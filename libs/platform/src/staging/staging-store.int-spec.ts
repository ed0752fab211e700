import { createHash, randomUUID } from 'node:crypto';
import { access, mkdtemp, readFile, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeWithS3, makeTestBucket, TEST_S3 } from '@app/testing';
import type { ObjectStore } from '../object-store/object-store';
import { openObjectStore } from '../object-store/open-object-store';
import type { Part } from './dataset';
import { StagingStore } from './staging-store';

const BUCKET = 'tributary-staging-test';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A valid part whose content is its own name; `broken` ends it with an error. */
function aPart(name: string, { stream = 'record', broken = false } = {}): Part {
  let ended = false;
  return {
    stream,
    name,
    resumeToken: `after ${name}`,
    format: 'ndjson',
    content: (async function* () {
      yield Buffer.from(name);
      if (broken) throw new Error('the source broke');
      ended = true;
    })(),
    summary: () => {
      if (!ended) throw new Error('summary before the end of the content');
      return { rows: 1, columns: ['record_id'] };
    },
  };
}

function stagesDatasets(openStore: () => Promise<{ store: ObjectStore; dispose(): Promise<void> }>): void {
  let store: ObjectStore;
  let staging: StagingStore;
  let dispose: () => Promise<void>;
  let folder: string;
  beforeEach(async () => {
    ({ store, dispose } = await openStore());
    staging = new StagingStore(store);
    folder = await realpath(await mkdtemp(join(tmpdir(), 'parts-')));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
    await dispose();
  });

  const names = (parts: readonly { name: string }[]): string[] => parts.map(({ name }) => name);

  it('seals what was written, in order, and shows nothing before', async () => {
    const writer = await staging.open('run-1', 'extract');
    expect(writer.resumeToken).toBeNull();
    for (const name of ['b', 'a', 'c']) await writer.write(aPart(name));
    expect(await staging.isSealed('run-1', 'extract')).toBe(false);
    expect(await staging.manifest('run-1', 'extract')).toBeNull();

    const sealed = await writer.seal({ records: 3 });
    expect(await staging.isSealed('run-1', 'extract')).toBe(true);
    expect(await staging.manifest('run-1', 'extract')).toEqual(sealed);
    expect(sealed).toMatchObject({ runId: 'run-1', stage: 'extract', attributes: { records: 3 } });
    expect(names(sealed.parts)).toEqual(['b', 'a', 'c']);
    expect(sealed.parts[0]).toMatchObject({
      stream: 'record',
      format: 'ndjson',
      rows: 1,
      columns: ['record_id'],
      sizeBytes: 1,
      sha256: sha256('b'),
      resumeToken: 'after b',
    });
    await staging.verify(sealed, 'content');
  });

  it('resumes behind the last recorded part, and writes a part that was under way again', async () => {
    const first = await staging.open('run-1', 'extract');
    await first.write(aPart('p1'));
    await first.write(aPart('p2'));
    await expect(first.write(aPart('p3', { broken: true }))).rejects.toThrow('the source broke');
    await store.put('staging/run-1/extract/parts/00000003.record.p3.dead.ndjson', Buffer.from('content without a sidecar'));

    const second = await staging.open('run-1', 'extract');
    expect(names(second.parts)).toEqual(['p1', 'p2']);
    expect(second.resumeToken).toBe('after p2');
    await second.write(aPart('p3'));
    await second.write(aPart('p4'));
    const sealed = await second.seal();
    expect(names(sealed.parts)).toEqual(['p1', 'p2', 'p3', 'p4']);
    await staging.verify(sealed, 'content');
  });

  it('keeps a dataset whole while a worker that was given up still writes', async () => {
    const zombie = await staging.open('run-1', 'extract');
    await zombie.write(aPart('p1'));
    const heir = await staging.open('run-1', 'extract');
    await heir.write(aPart('p2'));
    await zombie.write({
      ...aPart('p2'),
      content: (async function* () {
        yield Buffer.from('other content');
      })(),
      summary: () => ({ rows: 9, columns: [] }),
    });
    const sealed = await heir.seal();
    await staging.verify(sealed, 'content');
    await expect(staging.open('run-1', 'extract')).rejects.toMatchObject({ code: 'run-not-resumable' });
  });

  it('writes a failed part again in the same place', async () => {
    const writer = await staging.open('run-1', 'extract');
    await expect(writer.write(aPart('p1', { broken: true }))).rejects.toThrow('the source broke');
    await writer.write(aPart('p1'));
    expect(names((await staging.open('run-1', 'extract')).parts)).toEqual(['p1']);
  });

  it('refuses a name twice, unsafe names, two parts at once, and parts after the seal', async () => {
    const writer = await staging.open('run-1', 'extract');
    await writer.write(aPart('p1'));
    await writer.write(aPart('p1', { stream: 'metadata' }));
    await expect(writer.write(aPart('p1'))).rejects.toMatchObject({ code: 'source-data-invalid' });
    for (const name of ['', '..', 'a/b', 'ü', 'n'.repeat(101)])
      await expect(writer.write(aPart(name))).rejects.toMatchObject({ code: 'source-data-invalid' });
    const both = await Promise.allSettled([writer.write(aPart('p2')), writer.write(aPart('p3'))]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await writer.seal();
    await expect(writer.write(aPart('p4'))).rejects.toMatchObject({ code: 'run-not-resumable' });
    for (const id of ['', '..', 'a/b']) await expect(staging.open(id, 'extract')).rejects.toMatchObject({ code: 'request-invalid' });
  });

  it('gives the parts as local files', async () => {
    const writer = await staging.open('run-1', 'extract');
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await writer.write(aPart(name));
    const local = await staging.materialise(writer.parts, folder);
    expect(await Promise.all(local.map(({ path }) => readFile(path, 'utf8')))).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(names(local)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([]);
    await expect(staging.materialise(writer.parts, folder, AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled');
  });

  it('leaves a part where it lies once it is there', async () => {
    const writer = await staging.open('run-1', 'extract');
    await writer.write(aPart('p1'));
    const inode = async () => (await stat((await staging.materialise(writer.parts, folder))[0]?.path ?? '')).ino;
    expect(await inode()).toBe(await inode());
  });

  it('takes over files that an engine wrote', async () => {
    const path = join(folder, 'out.parquet');
    await writeFile(path, 'PAR1');
    const writer = await staging.open('run-1', 'transform');
    const part = await writer.writeFile(
      { stream: 'visit', name: 'visit', resumeToken: '', format: 'parquet', rows: 2, columns: ['id'] },
      path,
    );
    expect(part).toMatchObject({ rows: 2, sizeBytes: 4, sha256: sha256('PAR1'), format: 'parquet' });
    await expect(access(path)).rejects.toMatchObject({ code: 'ENOENT' });
    await staging.verify(await writer.seal(), 'content');
  });

  it('detects missing and shortened parts cheaply, and changed ones when it reads them', async () => {
    const writer = await staging.open('run-1', 'extract');
    await writer.write(aPart('p1'));
    const manifest = await writer.seal();
    const { key } = manifest.parts[0] ?? { key: '' };
    const corrupt = { code: 'staging-corrupt', retryable: false };

    await store.put(key, Buffer.from('p2'));
    await staging.verify(manifest, 'size');
    await expect(staging.verify(manifest, 'content')).rejects.toMatchObject(corrupt);
    await store.put(key, Buffer.from('p'));
    await expect(staging.verify(manifest, 'size')).rejects.toMatchObject(corrupt);
    await expect(staging.materialise(manifest.parts, folder)).rejects.toMatchObject(corrupt);
    await store.delete(key);
    await expect(staging.verify(manifest, 'size')).rejects.toMatchObject(corrupt);
    await expect(staging.materialise(manifest.parts, folder)).rejects.toMatchObject(corrupt);
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses to resume on damaged records', async () => {
    const writer = await staging.open('run-1', 'extract');
    for (const name of ['p1', 'p2', 'p3']) await writer.write(aPart(name));
    const corrupt = { code: 'staging-corrupt' };
    await store.delete('staging/run-1/extract/parts/00000002.json');
    await expect(staging.open('run-1', 'extract')).rejects.toMatchObject(corrupt);
    await store.put('staging/run-1/extract/parts/00000002.json', Buffer.from('{"name":"p2"}'));
    await expect(staging.open('run-1', 'extract')).rejects.toMatchObject(corrupt);
    await store.put('staging/run-1/extract/manifest.json', Buffer.from('{ not json'));
    await expect(staging.manifest('run-1', 'extract')).rejects.toMatchObject(corrupt);
  });

  it('discards stages and runs, and sweeps those nobody wants', async () => {
    for (const run of ['run-1', 'run-10', 'run-2']) {
      for (const stage of ['extract', 'transform']) {
        const writer = await staging.open(run, stage);
        await writer.write(aPart('p1'));
        await writer.seal();
      }
    }
    await staging.discard('run-1', 'transform');
    expect([await staging.isSealed('run-1', 'extract'), await staging.isSealed('run-1', 'transform')]).toEqual([true, false]);
    await staging.discard('run-1');
    expect(await staging.sweep((run) => run === 'run-2')).toEqual(['run-10']);
    const left: string[] = [];
    for await (const run of staging.runs()) left.push(run);
    expect(left).toEqual(['run-2']);
  });
}

describe('StagingStore (folder)', () => {
  const openFolder = async () => {
    const root = await mkdtemp(join(tmpdir(), 'staging-'));
    return { store: openObjectStore({ url: pathToFileURL(root).href }), dispose: () => rm(root, { recursive: true }) };
  };
  stagesDatasets(openFolder);

  it('gives engines the stored files themselves', async () => {
    const { store, dispose } = await openFolder();
    const writer = await new StagingStore(store).open('run-1', 'extract');
    const part = await writer.write(aPart('p1'));
    const [local] = await new StagingStore(store).materialise([part], '/nonexistent');
    expect(dirname(local?.path ?? '')).toMatch(/staging\/run-1\/extract\/parts$/);
    await dispose();
  });
});

describeWithS3('StagingStore (S3, needs TEST_S3_ENDPOINT)', () => {
  beforeAll(() => makeTestBucket(BUCKET));

  stagesDatasets(async () => {
    const store = openObjectStore({ ...TEST_S3, url: `s3://${BUCKET}/${randomUUID()}` });
    return Promise.resolve({ store, dispose: async () => store.close() });
  });
});
