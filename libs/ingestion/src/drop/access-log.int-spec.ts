import { DropHarness, READING } from '../../test/drop-harness';

const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.71 Safari/537.36';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1';
const BOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const request = (referrer: string, agent: string, more = '', path = '/assets/a.pdf') =>
  `10.0.0.1 - - [02/Jan/2025:03:04:05 -0800] "GET ${path} HTTP/1.1" 200 512 "${referrer}" "${agent}"${more}\n`;

const COLUMNS = [
  'ip',
  'id',
  'uid',
  'at',
  'request',
  'status',
  'size',
  'referrer',
  'agent',
  'took',
  'os',
  'os_v',
  'br',
  'br_v',
  'src',
  'med',
];
const LOG = { ...READING, delim: '|', column_count: COLUMNS.length, columns: COLUMNS, na_values: [''], null_marker: null };
/** As configurations of the first generation have it. */
const ORIGINAL = {
  access_log_parse: {
    regexs: [
      {
        pattern: '^(.*) (.*) (.*) \\[(.*)\\] \\"(.*)\\" (.*) (.*) \\"(.*)\\" \\"(.*)\\" (.*)$',
        replace: '\\1|\\2|\\3|\\4|\\5|\\6|\\7|\\8|\\9|\\10',
      },
      {
        pattern: '^(.*) (.*) (.*) \\[(.*)\\] \\"(.*)\\" (.*) (.*) \\"(.*)\\" \\"(.*)\\"$',
        replace: '\\1|\\2|\\3|\\4|\\5|\\6|\\7|\\8|\\9|',
      },
    ],
    ...{ string_repl: { pattern: '|', replace: '%7C' }, linefeed: '\r\n', ua_parse: {} },
  },
  ...{ schema_name: 'mart', asset_host: 'www.example.org', asset_source: 'Example', asset_scheme_and_authority: 'https://www.example.org' },
};

describe('DropSource over logs of web servers', () => {
  let drops: DropHarness;
  beforeEach(async () => {
    drops = await DropHarness.start();
  });
  afterEach(() => drops.stop());

  const draw = async (content: string, keys: object) => {
    await drops.put('client/dd/f1.csv', content);
    return (await drops.draw({ ...LOG, ...keys }))[0]?.text.replace(/^.*\n/, '');
  };
  /** The cells of each row, without what the line itself says. */
  const recognised = async (content: string, keys: object) =>
    (await draw(content, keys))
      ?.trimEnd()
      .split('\n')
      .map((row) => row.split(',').slice(-6).join(',').replaceAll('"', ''));

  it.each([
    ['an original configuration', ORIGINAL],
    ['its own expressions', { parser: 'access_log', asset_scheme_and_authority: 'https://www.example.org' }],
  ])('takes lines apart by %s, and adds what client and referrer are', async (_by, keys) => {
    const log = request('https://www.google.com/', CHROME) + 'a line of another kind\n' + request('-', 'x', ' 17', '/a|b');
    expect(await draw(log, keys)).toBe(
      `"10.0.0.1","-","-","02/Jan/2025:03:04:05 -0800","GET /assets/a.pdf HTTP/1.1","200","512","https://www.google.com/","${CHROME}",,` +
        `"Windows","10","Chrome","120.0.6099","Google","search"\n` +
        `"10.0.0.1","-","-","02/Jan/2025:03:04:05 -0800","GET /a%7Cb HTTP/1.1","200","512","-","x","17","Other",,"Other",,,"unknown"\n`,
    );
  });

  it('recognises systems, browsers and referrers', async () => {
    const log = [
      request('https://www.example.org/page', SAFARI),
      request('https://l.facebook.com/l.php?u=x', BOT),
      request('https://mail.google.com/', CHROME),
      request('ftp://elsewhere/', CHROME),
    ].join('');
    expect(await recognised(log, ORIGINAL)).toEqual([
      'iOS,17.1,Mobile Safari,17.1,,internal',
      'Other,,Googlebot,2.1,Facebook,social',
      'Windows,10,Chrome,120.0.6099,Gmail,email',
      'Windows,10,Chrome,120.0.6099,,unknown',
    ]);
  });

  it('is done at once with a line that was written to keep expressions busy', async () => {
    expect(await draw(request('-', 'x') + `${'a '.repeat(20_000)}\n`, ORIGINAL)).toMatch(/^[^\n]*\n$/);
  });

  it('refuses a log without a request, unless that is fine, and one that has too few cells', async () => {
    const nothing = 'a line of another kind\n';
    await expect(draw(nothing, ORIGINAL)).rejects.toMatchObject({ details: { finding: 'EMPTY_MEMBER' } });
    expect(await draw(nothing, { ...ORIGINAL, empty_files_ok: true })).toBe('');
    expect(await draw('', { ...ORIGINAL, empty_files_ok: true })).toBe('');
    const short = { access_log_parse: { regexs: [{ pattern: '^(.*)$', replace: '\\1' }] } };
    await expect(draw(nothing, short)).rejects.toMatchObject({ details: { finding: 'TOO_FEW_COLUMNS', line: 1 } });
    await expect(draw('x'.repeat(70_000), ORIGINAL)).rejects.toMatchObject({ details: { finding: 'LIMIT_EXCEEDED', line: 1 } });
  });
});
