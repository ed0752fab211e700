import { redcapConfigSchema } from './redcap.config';

const settings = { url: 'https://redcap.example.org/api/', token: 'SECRET' };
const issuesOf = (config: unknown) => redcapConfigSchema.safeParse(config).error?.issues.map(({ path }) => path.join('.'));

describe('redcap config', () => {
  it('needs an address and a token only where something is downloaded', () => {
    expect(issuesOf({})).toEqual(['url', 'token']);
    expect(issuesOf({ downloadRecords: false, downloadDictionary: false })).toEqual(['recordsFile', 'dictionaryFile']);
    expect(issuesOf({ downloadRecords: false, recordsFile: 'r', downloadDictionary: false, dictionaryFile: 'd' })).toBeUndefined();
  });

  it.each([0, -1, 2.5, '25', 'abc'])('refuses %p records per request (R5)', (batchSize) => {
    expect(issuesOf({ ...settings, batchSize })).toEqual(['batchSize']);
  });

  it('takes the token without the white space that surrounds it in a file', () => {
    expect(redcapConfigSchema.parse({ ...settings, token: 'T\n' }).token).toBe('T');
  });

  it('refuses an address that holds a password, an unknown setting, and a field name that could carry logic', () => {
    expect(issuesOf({ ...settings, url: 'https://user:SECRET@redcap.example.org/' })).toEqual(['url']);
    expect(issuesOf({ ...settings, batchsize: 5 })).toHaveLength(1);
    expect(issuesOf({ ...settings, recordIdField: 'id]>0 or [x' })).toEqual(['recordIdField']);
  });

  it('never repeats a value in a message', () => {
    const error = redcapConfigSchema.safeParse({ url: 'ftp://SECRET', token: 'SECRET', attempts: 'SECRET' }).error;
    expect(JSON.stringify(error?.issues)).not.toContain('SECRET');
  });
});
