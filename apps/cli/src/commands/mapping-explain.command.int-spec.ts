import { aRow, MappingFiles } from '../../e2e/mapping-files';

describe('tributary mapping explain', () => {
  let files: MappingFiles;
  beforeAll(async () => {
    files = await MappingFiles.create();
    await files.write('mapping.json', [
      aRow('Proposal.ProposalID', 'proposal_id', 'int'),
      aRow('Proposal.flag', 'if funding="07" then "yes" else note', 'text'),
      aRow('Proposal.funding', 'funding', 'int'),
      aRow('Person.userId', 'generate_ID(pi_firstname,pi_lastname)', 'int'),
      aRow('Person.last', 'extract_last_name(pi_name/pi_name_2)'),
      aRow('Person.never', 'n/a'),
      aRow('Sites.siteId', 'site', 'int', { InitializeField: 'no' }),
    ]);
  });
  afterAll(() => files.remove());

  const explain = (target: string): ReturnType<MappingFiles['run']> => files.run(`mapping explain ${target} --mapping @mapping.json`);

  it('shows the expression, its fields and the SQL, with types from the whole mapping', async () => {
    const { exitCode, stdout, stderr } = await explain('Proposal.flag');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Column:     Proposal.flag\nRow:        2\nType:       string\n');
    expect(stdout).toContain('Expression: if funding="07" then "yes" else note\nFields:     funding, note\n');
    expect(stdout).toContain('In the SQL: c0 = proposal_id, c1 = funding, c2 = note\n');
    // `funding` is an integer by its own row, so that the text beside it is read as one.
    expect(stdout).toMatch(/\n {2}select case when \(c1 = .*cast.*'07'.*then 'yes' else c2 end as r0, c0 as record_id/);
    expect(stdout).not.toContain('name:');
  });

  it('shows how ids and person names are made', async () => {
    expect((await explain('Person.userId')).stdout).toMatch(/ids_0 \(computed once, in its order\):\n {2}with tuples as[^]*sha256/);
    expect((await explain('Person.last')).stdout).toContain('each text is read by the name grammar into first_name and last_name');
  });

  it.each([
    ['Person.never', 'its expression is "n/a": no field is the source of it'],
    ['Sites.siteId', 'the row is not part of the sync (InitializeField is not "yes"); an upload fills it'],
  ])('says why the sync leaves %s out', async (target, reason) => {
    const { exitCode, stdout } = await explain(target);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Left out:   ${reason}\n`);
    expect(stdout).not.toContain('select');
  });

  it.each([
    ['proposal.proposalid', 'In another letter case it has:\n  Proposal.ProposalID\n'],
    ['Sites.siteid2', 'That table has:\n  Sites.siteId\n'],
    ['Study.last', 'Tables with that column:\n  Person.last\n'],
    ['last', 'Its tables are:\n  Proposal\n  Person\n  Sites\n'],
  ])('suggests what exists in place of %s and exits with 1', async (target, suggestion) => {
    expect(await explain(target)).toEqual({ exitCode: 1, stdout: '', stderr: `✗ The mapping has no column ${target}. ${suggestion}` });
  });

  it('prints the explanation alone with --json', async () => {
    const { stdout } = await files.run('mapping explain Proposal.funding --mapping @mapping.json --json');
    expect(JSON.parse(stdout)).toMatchObject({ table: 'Proposal', column: 'funding', row: 3, fields: ['funding'], leftOut: null });
  });
});
