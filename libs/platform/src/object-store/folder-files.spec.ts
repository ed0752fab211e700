import { fileFailure } from './folder-files';

const systemError = (code: string): Error =>
  Object.assign(new Error(`${code}: write /srv/store/patient-17.csv`), { code, syscall: 'write' });

describe('fileFailure', () => {
  it.each(['ENOSPC', 'EDQUOT'])('says on %s that the disk is full, which may pass', (code) => {
    expect(fileFailure(systemError(code), 'key')).toMatchObject({
      code: 'object-store-unavailable',
      retryable: true,
      message: 'The disk of the object store is full; free some space, then try again.',
    });
  });

  it.each([
    ['EIO', true],
    ['EACCES', false],
    ['EROFS', false],
  ])('tells whether %s may pass', (code, retryable) => {
    expect(fileFailure(systemError(code), 'key')).toMatchObject({
      code: 'object-store-unavailable',
      retryable,
      message: expect.stringContaining(code) as string,
    });
  });

  it('passes on what is not of the file system', () => {
    const error = Object.assign(new Error('bad row'), { code: 'SOURCE' });
    expect(fileFailure(error, 'key')).toBe(error);
  });
});
