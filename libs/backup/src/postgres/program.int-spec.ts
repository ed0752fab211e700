import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseDatabaseUrl, toLibpqEnvironment } from '@app/platform';
import { feed, ProgramFailedError, startProgram, withPrograms } from './program';

const NEVER = new AbortController().signal;

describe('programs', () => {
  it('are given passwords through their environment, unchanged, and inherit nothing', async () => {
    const password = 'p@s:s/w?o#r%d\\ x';
    const connection = parseDatabaseUrl(`postgresql://someone:${password}@db.example.org:6543/a base`);
    const program = startProgram('/usr/bin/env', [], toLibpqEnvironment(connection), NEVER);
    const [output] = await Promise.all([text(program.stdout), program.ended]);
    expect(output.trim().split('\n').sort()).toEqual([
      'LC_ALL=C',
      'PGDATABASE=a base',
      'PGHOST=db.example.org',
      `PGPASSWORD=${password}`,
      'PGPORT=6543',
      'PGUSER=someone',
    ]);
  });

  it('lose nothing of what they wrote when they end before anybody reads', async () => {
    const program = startProgram('/bin/sh', ['-c', 'printf all-of-it'], {}, NEVER);
    await program.ended;
    expect(await text(program.stdout)).toBe('all-of-it');
  });

  it('write into a file that they are given', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-program-'));
    const path = join(folder, 'output');
    const file = await open(path, 'wx');
    const program = startProgram('/bin/sh', ['-c', 'printf all-of-it'], {}, NEVER, file.fd);
    await program.ended;
    expect(await text(program.stdout)).toBe('');
    expect(await readFile(path, 'utf8')).toBe('all-of-it');
    await file.close();
    await rm(folder, { recursive: true });
  });

  it('fail with their status and what they said first', async () => {
    const program = startProgram(
      '/bin/sh',
      ['-c', 'echo "pg_dump: error: first" >&2; echo "pg_dump: error: second" >&2; exit 3'],
      {},
      NEVER,
    );
    program.stdout.resume();
    const failure: unknown = await program.ended.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProgramFailedError);
    expect(failure).toMatchObject({ exitCode: 3, firstError: 'first', message: 'sh ended with status 3' });
  });

  it('may stop reading early', async () => {
    const program = startProgram('/bin/sh', ['-c', 'head -c 3'], {}, NEVER);
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) yield Buffer.alloc(65_536, 'x');
    }
    const output = text(program.stdout);
    await feed(endless(), program);
    await program.ended;
    expect(await output).toBe('xxx');
  });

  it('are ended with the work that started them', async () => {
    let running: Promise<void> | undefined;
    await expect(
      withPrograms(NEVER, (signal) => {
        running = startProgram('/bin/sleep', ['600'], {}, signal).ended;
        return Promise.reject(new Error('the work failed'));
      }),
    ).rejects.toThrow('the work failed');
    await expect(running).rejects.toThrow(/abort/i);
  });
});
