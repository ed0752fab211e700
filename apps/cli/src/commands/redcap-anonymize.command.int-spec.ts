import { readdir } from 'node:fs/promises';
import { aRow, MappingFiles } from '../../e2e/mapping-files';

const LINE = 'redcap anonymize --mapping @mapping.json --input @records.json --output @out.json';
const MAPPING = [
  aRow('Proposal.ProposalID', 'proposal_id', 'int'),
  aRow('Proposal.day', 'meeting_date', 'date'),
  aRow('Proposal.hue', 'hue'),
];

describe('tributary redcap anonymize', () => {
  let files: MappingFiles;
  beforeEach(async () => {
    files = await MappingFiles.create();
    await files.write('mapping.json', MAPPING);
  });
  afterEach(() => files.remove());

  it('writes de-identified records and says what it did', async () => {
    await files.write('records.json', [
      { proposal_id: '90', meeting_date: '2024-05-06', hue___2: '1', secret: 'Zoë' },
      { proposal_id: '17', meeting_date: '', hue___2: '0', secret: 'x' },
    ]);
    const summary = 'Rows:            2\nRecords:         2\nFields left out: 1 (not in the mapping)\n';
    expect(await files.run(LINE)).toEqual({ exitCode: 0, stdout: summary, stderr: '' });
    expect(JSON.parse(await files.read('out.json'))).toEqual([
      { proposal_id: '1', meeting_date: '2001-01-01', hue___2: '1' },
      { proposal_id: '2', meeting_date: '2001-01-01', hue___2: '0' },
    ]);
  });

  it('keeps empty values with --keep-empty', async () => {
    await files.write('records.json', [{ proposal_id: '1', meeting_date: '' }]);
    await files.run(`${LINE} --keep-empty`);
    expect(JSON.parse(await files.read('out.json'))).toEqual([{ proposal_id: '1', meeting_date: '' }]);
  });

  it('numbers the field that --record-id names, and warns when rows lack it', async () => {
    await files.write('records.json', [{ rid: 'a' }, { rid: 'b' }, { meeting_date: '2024-01-02' }]);
    const { exitCode, stderr } = await files.run(`${LINE} --record-id rid`);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('Rows without the field rid: 1; name the record id field with --record-id.\n');
    expect(JSON.parse(await files.read('out.json'))).toEqual([{ rid: '1' }, { rid: '2' }, { meeting_date: '2001-01-01' }]);
  });

  it('leaves an earlier output as it was when a record cannot be read, and quotes nothing of it', async () => {
    await files.write('out.json', 'earlier');
    await files.write('records.json', '[{"proposal_id":"1"},{"name":"Ann", oops}]');
    const { exitCode, stderr } = await files.run(LINE);
    expect(exitCode).toBe(1);
    expect(stderr).toBe('✗ Record 2 of file records.json is not valid JSON.\n');
    expect(await files.read('out.json')).toBe('earlier');
    expect(await readdir(files.folder)).toHaveLength(3);
  });

  it('says which file is missing or cannot be written', async () => {
    expect((await files.run(LINE)).stderr).toBe(`✗ File ${files.path('records.json')} does not exist.\n`);
    await files.write('records.json', []);
    const { exitCode, stderr } = await files.run(LINE.replace('@out', '@gone/out'));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`File ${files.path('gone/out.json')} cannot be written`);
  });

  it('exits with 130 and without an output when it is interrupted', async () => {
    await files.write('records.json', [{ proposal_id: '1' }]);
    expect(await files.run(LINE, AbortSignal.abort())).toEqual({ exitCode: 130, stdout: '', stderr: '\nInterrupted by user\n' });
    expect(await readdir(files.folder)).toEqual(['mapping.json', 'records.json']);
  });

  it('exits with 2 when a file is not named', async () => {
    const { exitCode, stderr } = await files.run('redcap anonymize --mapping @mapping.json --input @records.json');
    expect(exitCode).toBe(2);
    expect(stderr).toContain("required option '--output <file>' not specified");
    expect(stderr).toContain('Usage: tributary redcap anonymize');
  });
});
