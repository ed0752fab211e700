import { generateKeyPairSync } from 'node:crypto';
import { SecretResolver } from '@app/platform';
import { ManifestSigner } from './manifest-signer';

const EMPTY = { format: 'tributary-manifest/1', runId: 'run', pipeline: 'orchard', pipelineVersion: 1, publications: [], sources: [], tables: [] } as const; // prettier-ignore

const signer = (signingKey?: string): ManifestSigner => new ManifestSigner({ signingKey }, new SecretResolver({ env: {}, vault: null }));

describe('ManifestSigner', () => {
  const pair = generateKeyPairSync('ed25519');

  it('signs alike with a key in PEM and in DER', async () => {
    const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const der = pair.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
    expect(await signer(pem).sign(EMPTY)).toEqual(await signer(der).sign(EMPTY));
  });

  it('signs nothing without a key', async () => {
    expect([await signer().key(), await signer().sign(EMPTY)]).toEqual([null, null]);
  });

  it('refuses any other key without showing it', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const key of [rsa, 'hunter22']) {
      await expect(signer(key).key()).rejects.toMatchObject({
        code: 'config-invalid',
        message: expect.not.stringContaining(key) as string,
      });
    }
  });
});
