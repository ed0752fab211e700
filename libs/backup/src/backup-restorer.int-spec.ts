import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, copyFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toLibpqEnvironment } from '@app/platform';
import { control, Drill } from '../test/drill';
import { ClientTools } from './postgres/client-tools';

const run = promisify(execFile);

/** Everything a warehouse may hold beside plain tables. */
const WAREHOUSE = `
  create schema labs;
  create type public.grade as enum ('low', 'high');
  create domain public.positive as int check (value > 0);
  create function public.doubled(n int) returns int language sql as 'select n * 2';
  create table public."Visit" (id serial primary key, who varchar not null, note text, grade public.grade, n public.positive);
  insert into public."Visit" (who, note, grade, n) values ('Ada', e'tab\\there', 'low', 1), ('Zoë', e'line\\nbreak \\\\N', 'high', 2), ('O''Neil', null, null, 3);
  create table labs.result (visit int references public."Visit", value double precision);
  insert into labs.result values (1, 1.5), (2, 'NaN');
  create view public.visits as select who, public.doubled(n) as twice from public."Visit";
  create materialized view labs.summary as select count(*) as n from labs.result;
  create index on labs.result (value);`;

const CONTENT = `select v.who, v.note, v.grade::text, v.n, r.value, x.twice from public."Visit" v left join labs.result r on r.visit = v.id join public.visits x using (who) order by v.id`;

describe('restore drill (postgres)', () => {
  let drill: Drill;
  let before: unknown[];

  beforeAll(async () => {
    drill = await Drill.create();
    await drill.run(WAREHOUSE);
    before = await drill.rows(CONTENT);
    await drill.parts().keeper.backUp('good', 'request', control());
  });
  afterAll(() => drill.dispose());

  const path = (name: string): string => join(drill.folder, name);
  const copyOf = async (name: string): Promise<string> => {
    await copyFile(path('good'), path(name));
    await copyFile(path('.manifests/good.json'), path(`.manifests/${name}.json`));
    return path(name);
  };
  const dumpWithTools = async (...args: string[]): Promise<void> => {
    const { warehouse } = drill.parts();
    const { folder } = await new ClientTools([]).forServer(14);
    await run(join(folder, 'pg_dump'), args, { env: toLibpqEnvironment(warehouse) });
  };
  /** Names of all relations outside of our own schemas. */
  const relations = async (): Promise<string[]> =>
    (
      await drill.rows<{ name: string }>(
        `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname !~ '^(pg_|information_schema|tributary)' order by 1`,
      )
    ).map(({ name }) => name);

  it('brings back rows, views, types, functions and sequences, and removes what came after (L10)', async () => {
    const [tasks] =
      await drill.rows(`insert into tributary.task (id, name, display_name, description, queue, payload, max_attempts, timeout_ms)
      values (gen_random_uuid(), 'made after the backup', '', '', 'pipeline', '{}', 1, 1) returning id`);
    const atBackup = await relations();
    await drill.run(`
      update public."Visit" set who = 'changed';
      delete from labs.result;
      create table public.later (id int); create schema afterwards; create table afterwards.t (id int);
      create view public.view_of_later as select * from public.later;
      create view public.over_visits as select * from public.visits;
      create function public.later_function() returns public."Visit" language sql as 'select * from public."Visit" limit 1';
      alter table public."Visit" add column extra int`);
    await drill.parts().restorer.restore('good', control());
    expect(await drill.rows(CONTENT)).toEqual(before);
    expect(await relations()).toEqual(atBackup);
    expect(
      await drill.rows(
        `select nspname from pg_namespace where nspname = 'afterwards' union all select proname from pg_proc where proname = 'later_function'`,
      ),
    ).toEqual([]);
    expect(await drill.rows(`insert into public."Visit" (who, n) values ('next', 9) returning id`)).toEqual([{ id: 4 }]);
    expect(await drill.rows('select n::int from labs.summary')).toEqual([{ n: 2 }]);
    expect(await drill.rows(`select id from tributary.task`)).toEqual([tasks]);
    await drill.run(`delete from public."Visit" where who = 'next'`);
  });

  it('makes a safety backup of what it replaces', async () => {
    const { restorer, storage } = drill.parts();
    const known = new Set((await storage.list()).map(({ name }) => name));
    await drill.run(`insert into public."Visit" (who, n) values ('only in the safety backup', 7)`);
    await restorer.restore('good', control());
    const [safety] = (await storage.describeAll()).filter(({ name }) => !known.has(name));
    expect(safety?.manifest).toMatchObject({ origin: 'before-restore', state: 'verified' });
    await restorer.restore(safety!.name, control());
    expect(await drill.rows(`select n from public."Visit" where who = 'only in the safety backup'`)).toEqual([{ n: 7 }]);
    await restorer.restore('good', control());
  });

  describe.each<[string, () => Promise<string>, RegExp]>([
    ['a missing one', () => Promise.resolve('no such backup'), /There is no backup "no such backup"/],
    [
      'an empty one',
      async () => {
        await writeFile(path('empty'), '');
        return 'empty';
      },
      /it is empty/,
    ],
    [
      'a damaged one',
      async () => {
        const file = await copyOf('damaged');
        const bytes = await readFile(file);
        bytes.writeUInt8(bytes.readUInt8(bytes.length - 50) ^ 1, bytes.length - 50);
        await writeFile(file, bytes);
        return 'damaged';
      },
      /altered/,
    ],
    [
      'a truncated one',
      async () => {
        await truncate(await copyOf('cut short'), 2000);
        return 'cut short';
      },
      /it has 2000 bytes and had \d+ when it was made/,
    ],
    [
      'a truncated one whose checksum fits',
      async () => {
        const bytes = (await readFile(path('good'))).subarray(0, -20);
        const { storage } = drill.parts();
        const { manifest } = await storage.get('good');
        await writeFile(path('well known half'), bytes);
        await storage.putManifest('well known half', {
          ...manifest!,
          sizeBytes: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
        });
        return 'well known half';
      },
      /it cannot be read to its end/,
    ],
    [
      'a truncated archive of which nothing is known',
      async () => {
        await writeFile(path('half an archive'), (await readFile(path('good'))).subarray(0, -20));
        return 'half an archive';
      },
      /cannot be (read|used)/,
    ],
    [
      'a half-written SQL text',
      async () => {
        await dumpWithTools('--no-owner', '-f', path('half.sql'));
        const text = await readFile(path('half.sql'), 'utf8');
        await writeFile(path('half.sql'), text.slice(0, text.indexOf('\\.')));
        return 'half.sql';
      },
      /the end of the dump is missing/,
    ],
    [
      'a foreign file',
      async () => {
        await writeFile(path('photo.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47, ...Array.from({ length: 500 }, (_, i) => i % 256)]));
        return 'photo.png';
      },
      /neither an archive of pg_dump nor its SQL text/,
    ],
    [
      'an SQL text that holds no table',
      async () => {
        await writeFile(
          path('hollow.sql'),
          '--\n-- PostgreSQL database dump\n--\nselect 1;\n--\n-- PostgreSQL database dump complete\n--\n',
        );
        return 'hollow.sql';
      },
      /it holds no table/,
    ],
    [
      'an SQL text that fails at its end',
      async () => {
        await dumpWithTools('--no-owner', '--exclude-schema=tributary', '-f', path('failing.sql'));
        await appendFile(path('failing.sql'), `\ninsert into public."Visit" (id, who) values (1, 'a patient');\n`);
        return 'failing.sql';
      },
      /a trial restore failed: PostgreSQL refused it \(SQLSTATE 23505\)/,
    ],
    [
      'an SQL text that runs a program',
      async () => {
        await dumpWithTools('--no-owner', '--exclude-schema=tributary', '-f', path('running.sql'));
        await appendFile(path('running.sql'), `\n\\! touch ${path('was-here')}\n`);
        return 'running.sql';
      },
      /a trial restore failed/,
    ],
    [
      'an archive of a version to come',
      async () => {
        const bytes = await readFile(path('good'));
        bytes.writeUInt8(99, 'PGDMP'.length + 1);
        await writeFile(path('from the future'), bytes);
        return 'from the future';
      },
      /pg_restore \d+ cannot read it \(unsupported version \(1\.99\) in file header\)/,
    ],
    [
      'one that was dumped from a newer server',
      async () => {
        const bytes = await readFile(path('good'));
        const major = /^(\d+)/.exec((await drill.rows<{ server_version: string }>('show server_version'))[0]!.server_version)![1]!;
        const text = bytes.toString('latin1').replaceAll(`${major}.`, '98.');
        await writeFile(path('newer'), Buffer.from(text, 'latin1'));
        return 'newer';
      },
      /it was made by PostgreSQL 98 and the server runs \d+/,
    ],
  ])('%s', (_kind, prepare, fault) => {
    it('is refused and leaves the data as it was', async () => {
      const name = await prepare();
      const atBackup = await relations();
      const failure: unknown = await drill
        .parts()
        .restorer.restore(name, control())
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect((failure as Error).message).toMatch(fault);
      expect((failure as Error).message).not.toContain('patient');
      expect(await drill.rows(CONTENT)).toEqual(before);
      expect(await relations()).toEqual(atBackup);
      expect(await drill.scratchDatabases()).toEqual([]);
      expect(await drill.files()).not.toContain('was-here');
    });
  });

  it('rolls everything back when PostgreSQL refuses the backup’s last statement', async () => {
    const { keeper, restorer } = drill.parts();
    await drill.withRole('', async (role) => {
      await drill.run(`grant select on labs.result to ${role}`);
      await keeper.backUp('with a grant', 'request', control());
    });
    await expect(restorer.restore('with a grant', control())).rejects.toThrow(
      /not restored: it names a role.*42704.*the data is as it was/,
    );
    expect(await drill.rows(CONTENT)).toEqual(before);
  });

  it('leaves the data when it is stopped in the middle', async () => {
    const stop = new AbortController();
    const progress = ({ done, total }: { done: number; total: number | null }): void => {
      // Only the restore itself knows how much there is to do.
      if (total !== null && done > 0) stop.abort(new Error('stopped on request'));
    };
    await expect(drill.parts().restorer.restore('good', { signal: stop.signal, progress })).rejects.toThrow('stopped on request');
    expect(await drill.rows(CONTENT)).toEqual(before);
  });

  it('lets a reader see the old rows or the new ones, never none', async () => {
    await drill.run(`update public."Visit" set note = 'the old state'`);
    const { restorer } = drill.parts();
    const seen = new Set<string>();
    const totals = `select count(*)::int as all, count(*) filter (where note = 'the old state')::int as old from public."Visit"`;
    const look = async (): Promise<unknown> => seen.add(JSON.stringify(await drill.rows(totals)));
    const restored = restorer.restore('good', control()).then(() => true);
    while (!(await Promise.race([restored, look().then(() => false)])));
    await look();
    expect([...seen]).toEqual(['[{"all":3,"old":3}]', '[{"all":3,"old":0}]']);
  });

  describe.each([
    ['as the old system wrote them', []],
    ['that create their database', ['--create']],
    ['with inserts', ['--inserts']],
    ['of named schemas, which they create anew', ['--schema=public', '--schema=labs', '--clean', '--if-exists']],
    ['as an archive made by hand', ['--format=custom']],
  ])('dumps of others, %s', (_kind, args) => {
    it('are restored, without what is not data', async () => {
      const name = `2023-05-06 07:08:09.123456 ${args.join('')}`;
      await dumpWithTools('--no-owner', '--exclude-schema=tributary', ...args, '-f', path(name));
      await drill.run(`update public."Visit" set who = 'changed'; create table public.later (id int)`);
      await drill.parts().restorer.restore(name, control());
      expect(await drill.rows(CONTENT)).toEqual(before);
      expect(await relations()).not.toContain('later');
      expect(await drill.scratchDatabases()).toEqual([]);
      expect((await drill.parts().storage.describeAll()).filter(({ manifest }) => manifest?.origin === 'conversion')).toEqual([]);
    });
  });

  it('takes only the data out of a dump of the whole database', async () => {
    await dumpWithTools('--no-owner', '-f', path('whole.sql'));
    const tasks = await drill.rows('select id from tributary.task order by seq');
    await drill.run(`delete from tributary.run_stage; update public."Visit" set who = 'changed'`);
    await drill.parts().restorer.restore('whole.sql', control());
    expect(await drill.rows(CONTENT)).toEqual(before);
    expect(await drill.rows('select id from tributary.task order by seq')).toEqual(tasks);
  });
});
