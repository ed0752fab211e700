import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { SpooledFile } from './spooled-file';

const PERMISSIONS = 0o777;
const DAY_S = 24 * 3600;

describe('SpooledFile', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'spool-'))));
  afterEach(() => rm(folder, { recursive: true }));

  const receive = (...chunks: readonly Buffer[]): Promise<SpooledFile> =>
    SpooledFile.receive(Readable.from(chunks, { objectMode: false }), folder);

  it('keeps the bytes where only its user can read them, until it is removed', async () => {
    const file = await receive(Buffer.from('a'), Buffer.from('b'));
    expect([await readFile(file.path, 'utf8'), (await stat(file.path)).mode & PERMISSIONS]).toEqual(['ab', 0o600]);
    await file.remove();
    expect(await readdir(folder)).toEqual([]);
  });

  it('knows UTF-8 whatever the cut into chunks', async () => {
    const [head, tail] = [Buffer.from('Zoë').subarray(0, 3), Buffer.from('Zoë').subarray(3)];
    expect((await receive(head, tail)).isUtf8).toBe(true);
    expect((await receive(head)).isUtf8).toBe(false);
    expect((await receive(Buffer.from('Zoë', 'latin1'), Buffer.from('é'))).isUtf8).toBe(false);
  });

  it('leaves nothing of a body that is no text, or that breaks off', async () => {
    await expect(receive(Buffer.from('a\0b'))).rejects.toMatchObject({ code: 'upload-refused' });
    const broken = Readable.from((async function* () {
      yield Buffer.from('a');
      throw new Error('the client went away');
    })()); // prettier-ignore
    await expect(SpooledFile.receive(broken, folder)).rejects.toThrow('the client went away');
    expect(await readdir(folder)).toEqual([]);
  });

  it('sweeps what a killed process left, and not what is being worked on', async () => {
    const [old, fresh] = [join(folder, 'old'), join(folder, 'fresh')];
    await writeFile(old, '');
    await writeFile(fresh, '');
    const twoDaysAgo = Date.now() / 1000 - 2 * DAY_S;
    await utimes(old, twoDaysAgo, twoDaysAgo);
    await SpooledFile.sweep(folder);
    expect(await readdir(folder)).toEqual(['fresh']);
  });
});
