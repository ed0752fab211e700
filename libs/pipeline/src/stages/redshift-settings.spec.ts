import { definitionSchema } from '../definitions/definition';
import { redshiftSettings } from './redshift-settings';

const KEYS = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const S3 = { url: 's3://lake/some/prefix/', region: 'ca-central-1', ...KEYS };
const target = (redshift: object = {}) =>
  definitionSchema.parse({ name: 'a', source: { kind: 'drop' }, target: { kind: 'redshift', redshift } }).target;

describe('redshiftSettings', () => {
  it('puts parts where the object store is, and lets the cluster in by the store’s keys', () => {
    expect(redshiftSettings(target(), S3)).toMatchObject({
      parts: { bucket: 'lake', prefix: 'some/prefix/' },
      access: KEYS,
      region: 'ca-central-1',
    });
    expect(redshiftSettings(target(), { ...S3, url: 's3://lake' }).parts.prefix).toBe('');
  });

  it('prefers a role to keys', () => {
    expect(redshiftSettings(target({ iamRole: 'arn:aws:iam::1:role/load' }), S3).access).toEqual({ iamRole: 'arn:aws:iam::1:role/load' });
  });

  it('takes another bucket, below a prefix of its own', () => {
    expect(redshiftSettings(target({ bucket: 'parts' }), S3).parts).toMatchObject({ bucket: 'parts', prefix: 'tributary/' });
    expect(redshiftSettings(target({ bucket: 'parts', prefix: 'a/b/' }), S3).parts).toMatchObject({ prefix: 'a/b/' });
  });

  it('says what is missing: a bucket, or a way into it', () => {
    const folder = { url: 'file:///nowhere/at/all', ...KEYS };
    expect(() => redshiftSettings(target(), folder)).toThrow(expect.objectContaining({ code: 'config-invalid' }));
    expect(() => redshiftSettings(target(), { url: 's3://lake' })).toThrow(/iamRole/);
  });
});
