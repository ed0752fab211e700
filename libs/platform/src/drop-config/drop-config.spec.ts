import { parseDropConfig } from './drop-config.schema';
import type { DropConfig } from './drop-config';

const ORCHARD = {
  bucket: 'drops',
  source: 'client',
  destination: 'processed',
  directory: 'orchard',
  doc: 'orchard-export.*',
  schema: 'orchard',
  truncate: true,
  delim: '|',
  files: {
    trees: { dbtable: 'tree', column_count: 2, columns: ['tree_id', 'species'] },
    picks: {
      dbtable: 'pick',
      column_count: 3,
      columns: ['pick_id', 'memo', 'picked_at'],
      dateformat: [{ field: 'picked_at', format: '%Y-%m-%d %H:%M:%S.%f' }],
      derive: [{ column: 'crew', from: 'memo', split: ' - ', index: 1 }],
    },
  },
};
const READING = {
  bucket: 'drops',
  source: 'client',
  destination: 'processed',
  directory: 'dd',
  doc: 'f.*csv',
  dbtable: 'mart.reading',
  column_count: 3,
  columns: ['a', 'b', 'c'],
  delim: '|',
  truncate: false,
};

const config = (json: unknown): DropConfig => {
  const parsed = parseDropConfig(json);
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.config;
};
const faults = (json: unknown): string[] => {
  const parsed = parseDropConfig(json);
  return 'faults' in parsed ? parsed.faults.map(({ path, message }) => `${path} ${message}`) : [];
};
const withFile = (name: 'trees' | 'picks', keys: object) => ({
  ...ORCHARD,
  files: { ...ORCHARD.files, [name]: { ...ORCHARD.files[name], ...keys } },
});

describe('parseDropConfig', () => {
  it('completes an old archive configuration, whose delim says nothing about its files', () => {
    const orchard = config(ORCHARD);
    expect(orchard).toMatchObject({
      mode: 'archive',
      schema: 'orchard',
      unknownMembers: 'reject',
      onBad: 'stop',
      target: { kind: 'postgres' },
    });
    expect(orchard.members.map(({ name, table }) => [name, table])).toEqual([
      ['trees', 'tree'],
      ['picks', 'pick'],
    ]);
    expect(orchard.members[0]).toMatchObject({
      required: true,
      reading: { delim: null, encoding: 'utf8', quote: '"', headerOnly: 'load', hasHeader: true },
      shaping: { nullMarker: '-', blankText: 'empty' },
    });
    expect(orchard.members[0]?.reading.naValues).toHaveLength(19);
  });

  it('lets the keys of a file win over those of the archive', () => {
    const { members } = config({ ...withFile('trees', { input_delim: ';', blank_text: 'null' }), input_delim: '|', encoding: 'latin-1' });
    expect(members.map(({ reading }) => [reading.delim, reading.encoding])).toEqual([
      [';', 'latin1'],
      ['|', 'latin1'],
    ]);
    expect(members.map(({ shaping }) => shaping.blankText)).toEqual(['null', 'empty']);
  });

  it('completes an old file configuration, with the keys of its template that nothing reads', () => {
    const reading = config({
      ...READING,
      dbschema: 'microservice',
      header: true,
      rename: [{ old: 'a', new: 'b' }],
      ldb_sku: true,
      sql_query: 'merge.sql',
    });
    expect(reading).toMatchObject({ mode: 'file', schema: 'mart', sqlFile: 'merge.sql', fileLimit: 0 });
    expect(reading.members).toMatchObject([{ name: '', table: 'reading', reading: { delim: '|', headerOnly: 'reject' } }]);
  });

  it('gives Redshift the owner and the grants it always had, unless the file says something', () => {
    const redshift = { ...ORCHARD, target: { kind: 'redshift' } };
    expect(config(redshift)).toMatchObject({
      owner: 'microservice',
      grants: [
        { privilege: 'select', to: 'looker' },
        { privilege: 'select', to: 'datamodeling' },
      ],
    });
    expect(config({ ...redshift, owner: null, grants: [] })).toMatchObject({ owner: null, grants: [] });
    expect(config(ORCHARD)).toMatchObject({ owner: null, grants: [] });
  });

  it('derives the group of the activity table, as the first generation did in code', () => {
    const activity = { dbtable: 'user_activity', column_count: 2, columns: ['user_id', 'memo'] };
    const { members } = config({ ...ORCHARD, files: { analytics_user_activity: activity } });
    expect(members[0]?.shaping.derive).toEqual([{ column: 'group_name', from: 'memo', split: ' - ', index: 1 }]);
  });

  it('keeps replacements off until they are switched on', () => {
    const replace = [{ field: 'b', old: ' (\\d):', new: ' 0\\1:', regex: true }];
    expect(config({ ...READING, replace }).members[0]?.shaping.replacements).toEqual([]);
    expect(config({ ...READING, replace, replace_enabled: true }).members[0]?.shaping.replacements).toEqual(replace);
  });

  it.each([
    ["ISO-8859-1'", 'iso88591'],
    ['UTF_8', 'utf8'],
    ['utf-8-sig', 'utf8'],
    ['cp1252', 'cp1252'],
    ['utf-16', 'utf16'],
  ])('knows the encoding %s', (encoding, known) => {
    expect(config({ ...READING, encoding }).members[0]?.reading.encoding).toBe(known);
  });

  it('F-38: names all faults at once by their key path', () => {
    const spoilt = withFile('picks', { column_count: 4, dateformat: [{ field: 'picked', format: '%Y' }] });
    expect(faults(spoilt)).toEqual([
      'files.picks.columns has 3 names, but column_count is 4',
      'files.picks.dateformat.0.field names a column that is not among the columns',
    ]);
  });

  it('finds faults of every kind beside one another', () => {
    const picks = withFile('picks', { column_count: 4, dateformat: [{ field: 'picked_at', format: '%Q' }], colour: 'red' });
    const noBucket = { ...picks, bucket: undefined };
    expect(faults({ ...noBucket, doc: '(', encoding: 'klingon', truncate: 'yes', timezone: 'Mars/Olympus' }).sort()).toEqual([
      'bucket is missing',
      'doc is not a regular expression',
      'encoding is not an encoding',
      'files.picks.colour is not a key of this file',
      'files.picks.columns has 3 names, but column_count is 4',
      'files.picks.dateformat.0.format has an unknown directive, or one twice',
      'timezone is not an IANA time zone',
      expect.stringMatching(/^truncate /) as string,
    ]);
  });

  it.each([
    [{ replace: [{ field: 'z', old: 'x', new: 'y' }] }, 'replace.0.field names a column that is not among the columns'],
    [{ drop_columns: ['z'] }, 'drop_columns.0 names a column that is not among the columns'],
    [{ column_string_limit: { z: 3 } }, 'column_string_limit.z names a column that is not among the columns'],
    [{ derive: [{ column: 'd', from: 'z', split: ' ', index: 0 }] }, 'derive.0.from names a column that is not among the columns'],
    [{ add_columns: { b: 1 } }, ' adds or derives a column that the table has already'],
    [{ drop_columns: ['a', 'b', 'c'] }, 'drop_columns leaves no column'],
    [{ columns: ['a', 'b', 'a'] }, 'columns names a column twice'],
    [{ replace: [{ field: 'b', old: '(?=x)', new: '', regex: true }] }, 'replace.0.old is not a regular expression without look-around'],
    [
      { access_log_parse: { regexs: [{ pattern: '(?<=x)y', replace: '' }] } },
      'access_log_parse.regexs.0.pattern is not a regular expression without look-around',
    ],
    [{ source: '/client' }, 'source neither begins nor ends with a slash'],
  ])('refuses %j', (keys, fault) => {
    expect(faults({ ...READING, ...keys })).toEqual([fault]);
  });

  it('reads a log where a configuration takes lines apart, unless it says that it is none', () => {
    const log = (keys: object) => config({ ...READING, ...keys }).members[0]?.reading.accessLog;
    const access_log_parse = { string_repl: null, regexs: [{ pattern: '^(.*)$', replace: '\\1' }] };
    expect(log({ access_log_parse })).toMatchObject({
      escape: null,
      expressions: [{ replace: '\\1' }],
      referrerGroup: 8,
      userAgentGroup: 9,
    });
    expect(log({ parser: 'access_log' })).toMatchObject({ escape: { pattern: '|' }, site: null });
    expect(log({ parser: 'delimited', access_log_parse })).toBeNull();
    expect(log({})).toBeNull();
  });

  it('lets a dropped column come back as an added one', () => {
    expect(faults({ ...READING, drop_columns: ['b'], add_columns: { b: 'x' } })).toEqual([]);
  });

  it('refuses two files for one table, a file name with a dot, and what is no object', () => {
    expect(faults(withFile('trees', { dbtable: 'pick' }))).toEqual(['files.picks.dbtable is the table of another file too']);
    expect(faults({ ...ORCHARD, files: { 'trees.csv': ORCHARD.files.trees } })).toHaveLength(1);
    expect(faults([])).not.toEqual([]);
    expect(faults({ ...ORCHARD, files: {} })).toEqual(['files names no file']);
  });
});
