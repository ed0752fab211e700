import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { anonymizeRecords, type AnonymizeSummary } from './anonymize-records';

const MAPPING = 'Fieldname_CTMD,Fieldname_redcap,Data Type,Randomization_feature\nmail,pi_mail,text,email\nid,rid,int,id\n';

describe('anonymizeRecords', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-anonymize-'));
    await writeFile(path('mapping.csv'), MAPPING);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function anonymize(signal = new AbortController().signal): Promise<AnonymizeSummary> {
    const paths = { mappingPath: path('mapping.csv'), inputPath: path('in.json'), outputPath: path('out.json') };
    return anonymizeRecords({ ...paths, recordIdField: 'rid', keepEmpty: false, signal });
  }

  it('reads the mapping as CSV and writes an array indented by four', async () => {
    await writeFile(path('in.json'), '\uFEFF[{"rid":"7","pi_mail":"a@b"},{"rid":"8"}]');
    expect(await anonymize()).toEqual({ rows: 2, records: 2, rowsWithoutId: 0, droppedFields: [] });
    const expected = [{ rid: '1', pi_mail: 'user@email.edu' }, { rid: '2' }];
    expect(await readFile(path('out.json'), 'utf8')).toBe(`${JSON.stringify(expected, null, 4)}\n`);
  });

  it('writes an empty array for an export without records', async () => {
    await writeFile(path('in.json'), '[]');
    await anonymize();
    expect(await readFile(path('out.json'), 'utf8')).toBe('[]\n');
  });

  it('says that a folder is no file', async () => {
    await expect(
      anonymizeRecords({
        ...{ mappingPath: path('mapping.csv'), inputPath: folder, outputPath: path('out.json') },
        ...{ recordIdField: 'rid', keepEmpty: false, signal: new AbortController().signal },
      }),
    ).rejects.toMatchObject({ code: 'input-invalid', message: `File ${folder} cannot be read; check its path and permissions.` });
  });

  it('stops in the middle of a large file when aborted, and leaves nothing behind', async () => {
    const abort = new AbortController();
    const rows = function* (): Generator<string> {
      for (let index = 0; index < 20_000; index += 1) yield `${index === 0 ? '[' : ','}{"rid":"${index}","pi_mail":"${'x'.repeat(400)}"}`;
      yield ']';
    };
    await pipeline(Readable.from(rows()), createWriteStream(path('in.json')));
    const work = anonymize(abort.signal);
    createReadStream(path('in.json')).once('data', () => abort.abort());
    await expect(work).rejects.toThrow();
    expect((await readdir(folder)).sort()).toEqual(['in.json', 'mapping.csv']);
  });
});
