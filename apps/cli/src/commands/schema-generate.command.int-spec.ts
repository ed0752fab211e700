import { join } from 'node:path';
import { aRow, MappingFiles } from '../../e2e/mapping-files';

/** A folder with `ctmd/mapping.json`; its licence keeps it out of this repository. */
const SHARED_DATA = process.env.TEST_SHARED_DATA;

const FIXED = `create table "reviewer_organization" ("reviewer" varchar, "organization" varchar);
create table "name" ("table" varchar, "column" varchar, "index" varchar, "id" varchar, "description" varchar);
`;

describe('tributary schema generate', () => {
  let files: MappingFiles;
  beforeEach(async () => {
    files = await MappingFiles.create();
  });
  afterEach(() => files.remove());

  it('prints one statement a line, tables by code point and columns by the file (M1, M3, M5)', async () => {
    const rows = [aRow('Zeta.b', 'n/a', 'text '), aRow('Alpha.n', 'f', 'int'), aRow('Zeta.a', 'g', 'float', { InitializeField: 'no' })];
    await files.write('mapping.json', rows);
    expect(await files.run('schema generate --mapping @mapping.json')).toEqual({
      exitCode: 0,
      stdout: `create table "Alpha" ("n" bigint);\ncreate table "Zeta" ("b" varchar, "a" double precision);\n${FIXED}`,
      stderr: '',
    });
  });

  it('writes to a file with --output', async () => {
    await files.write('mapping.json', [aRow('B1.x', 'f', 'date')]);
    expect(await files.run('schema generate --mapping @mapping.json --output @tables.sql')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
    expect(await files.read('tables.sql')).toBe(`create table "B1" ("x" date);\n${FIXED}`);
  });

  it('prints no SQL for a mapping with two rows for one column (M8)', async () => {
    await files.write('mapping.json', [aRow('T.c', 'f'), aRow('T.c', 'g')]);
    const { exitCode, stdout, stderr } = await files.run('schema generate --mapping @mapping.json');
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain('row 2 (T.c) names the same table and column as row 1');
  });

  (SHARED_DATA ? it : it.skip)('prints the tables of a mapping as it is in use (TEST_SHARED_DATA; M6)', async () => {
    const { exitCode, stdout } = await files.run(`schema generate --mapping ${join(SHARED_DATA ?? '', 'ctmd/mapping.json')}`);
    const statements = stdout.trimEnd().split('\n');
    expect([exitCode, statements.length]).toEqual([0, 41]);
    expect(statements[0]).toBe('create table "Administrator" ("userId" varchar, "adminName" varchar, "adminEmail" varchar);');
    const of = (table: string): string | undefined => statements.find((statement) => statement.startsWith(`create table "${table}" (`));
    expect(of('StudySites')).toContain('("dataElement" double precision, "lostToFollowUp" bigint, "ProposalID" bigint');
    expect(of('StudyProfile')?.split(', ')).toHaveLength(32);
  });
});
