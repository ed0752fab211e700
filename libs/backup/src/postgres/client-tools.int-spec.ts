import { mkdtempSync, realpathSync } from 'node:fs';
import { chmod, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClientTools } from './client-tools';

describe('ClientTools', () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-tools-')));
  afterAll(() => rm(root, { recursive: true }));

  /** A folder whose `pg_dump` says it is of this version. */
  const installed = async (version: string): Promise<string> => {
    const folder = join(root, version);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'pg_dump'), `#!/bin/sh\necho "pg_dump (PostgreSQL) ${version}"\n`);
    await chmod(join(folder, 'pg_dump'), 0o755);
    return folder;
  };

  it('chooses the version closest above the server’s', async () => {
    const folders = await Promise.all(['17.2', '14.9', '16.4', '15.1'].map(installed));
    const tools = new ClientTools(folders, true);
    expect(await tools.forServer(15)).toEqual({ folder: join(root, '15.1'), major: 15 });
    expect(await tools.forServer(11)).toEqual({ folder: join(root, '14.9'), major: 14 });
    expect(await new ClientTools([folders[0]!, folders[1]!], true).forServer(15)).toMatchObject({ major: 17 });
  });

  it('names both versions when all programs are older than the server', async () => {
    const tools = new ClientTools([await installed('11.22'), await installed('15.1')], true);
    await expect(tools.forServer(16)).rejects.toThrow(
      'The server runs PostgreSQL 16 and the newest pg_dump on this machine is 15; install the PostgreSQL client programs, version 16 or newer.',
    );
  });

  it('says so when there are none', async () => {
    await expect(new ClientTools([root, join(root, 'nowhere')], true).forServer(16)).rejects.toThrow('this machine has no pg_dump');
  });

  it('looks behind links, and past the wrapper that chooses a version by itself', async () => {
    const [linked, wrapped] = [join(root, 'linked'), join(root, 'wrapped')];
    await Promise.all([mkdir(linked), mkdir(wrapped)]);
    await symlink(join(await installed('15.1'), 'pg_dump'), join(linked, 'pg_dump'));
    await symlink('/usr/bin/env', join(wrapped, 'pg_dump'));
    expect(await new ClientTools([wrapped, linked], true).forServer(15)).toEqual({ folder: join(root, '15.1'), major: 15 });
  });

  it('notices that one was upgraded', async () => {
    const folder = await installed('15.1');
    const tools = new ClientTools([folder], true);
    expect(await tools.forServer(15)).toMatchObject({ major: 15 });
    await writeFile(join(folder, 'pg_dump'), '#!/bin/sh\necho "pg_dump (PostgreSQL) 16.1"\n');
    await utimes(join(folder, 'pg_dump'), 1, 1);
    expect(await tools.forServer(15)).toMatchObject({ major: 16 });
  });

  it('finds those of this machine', async () => {
    expect((await new ClientTools([]).forServer(14)).major).toBeGreaterThanOrEqual(14);
  });
});
