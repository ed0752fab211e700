import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '@app/pipeline';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import type { ApiClient, RunView } from './api-client';
import { PipelineClient } from './pipeline-client';
import { PlatformUnderTest } from './platform-under-test';

const SOURCE = `
  create table fruit (id bigint, name text, weight numeric, ratio double precision, picked date, at timestamptz, ripe boolean, raw bytea, tag uuid);
  insert into fruit values (1, 'fig "a", b', 1.50, 0.1, '2025-03-01', '2025-03-01 10:00:00.12+02', true, '\\x00ff', '7f1d1c1e-9f3e-4b56-8a53-0a2f6a0e6d11'),
    (9007199254740993, E'two\\nlines', 12345678901234567890.123456789, -1e300, null, null, false, null, null), (3, '', null, 'NaN', 'infinity', '1999-12-31 23:59:59.999999+00', null, '\\x', null)`;

interface Manifest {
  readonly sources: readonly {
    readonly stream: string;
    readonly rows: number;
    readonly hash: string | null;
    readonly partsSha256: string;
  }[];
  readonly tables: readonly {
    readonly table: string;
    readonly source: object | null;
    readonly staged: { readonly rows: number; readonly hash: string | null; readonly fingerprint: string };
    readonly published: { readonly rows: number; readonly hash: string | null; readonly inserted: number };
  }[];
  readonly signature: { readonly publicKey: string; readonly value: string } | null;
}

describe('the proof of a load', () => {
  let platform: PlatformUnderTest;
  let orchard: TestDatabase;
  let api: ApiClient;

  beforeAll(async () => {
    orchard = await createTestDatabase({ migrated: false });
    await orchard.pool.query(SOURCE);
    platform = await PlatformUnderTest.create();
    const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
    const path = join(platform.folder, 'signing.key');
    writeFileSync(path, key, { mode: 0o600 });
    ({ api } = await platform.startBoth({ SOURCE_DB_URL: orchard.url, MANIFEST_SIGNING_KEY: `file:${path}` }));
  });
  afterAll(async () => {
    await platform.dispose();
    await orchard.drop();
  });

  const define = async (name: string, proof: string): Promise<void> => {
    const source = { kind: 'database', config: { query: 'select * from fruit' } };
    const document = { name, source, target: { table: name }, load: { strategy: 'append', proof } };
    expect((await api.send('PUT', `/definitions/${name}`, document)).status).toBeLessThan(300);
  };
  const run = async (pipeline: string): Promise<RunView> => api.runToItsEnd({ pipeline });

  it('shows the same rows and the same hash at the source, staged and published, signed', async () => {
    await define('proved', 'hash');
    const { runId, status } = await run('proved');
    expect(status).toBe('succeeded');
    const { signature, ...manifest } = await api.get<Manifest>(`/runs/${runId}/manifest`);
    const hash = expect.stringMatching(/^[1-9][0-9]*$/) as string;
    expect(manifest).toMatchObject({ runId, sources: [{ stream: 'input_data', rows: 3, hash }], tables: [{ table: 'proved', published: { rows: 3, hash, inserted: 3 } }] }); // prettier-ignore
    const [{ source, staged, published }] = manifest.tables as [Manifest['tables'][number]];
    expect([source, staged.hash, published.hash]).toEqual([{ rows: 3, hash: published.hash }, published.hash, published.hash]);
    const key = createPublicKey({ key: Buffer.from(signature?.publicKey ?? '', 'base64'), format: 'der', type: 'spki' });
    const isGenuine = (text: string): boolean => verify(null, Buffer.from(text), key, Buffer.from(signature?.value ?? '', 'base64'));
    expect(isGenuine(canonicalJson(manifest))).toBe(true);
    expect(isGenuine(canonicalJson({ ...manifest, runId: 'another' }))).toBe(false);
  });

  it('counts rows and tells contents apart where no hash is asked for', async () => {
    await define('counted', 'rows');
    const { runId } = await run('counted');
    const { sources, tables } = await api.get<Manifest>(`/runs/${runId}/manifest`);
    expect(sources).toMatchObject([{ rows: 3, hash: null, partsSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string }]);
    expect(tables).toMatchObject([{ staged: { rows: 3, hash: null }, published: { rows: 3, hash: null } }]);
    expect(tables[0]?.staged.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it('publishes nothing that is not what was staged', async () => {
    await define('spoilt', 'hash');
    await platform.pool.query(`create table spoilt (like counted);
      create function spoil() returns trigger language plpgsql as $$ begin new.name := new.name || '!'; return new; end $$;
      create trigger spoil before insert on spoilt for each row execute function spoil()`);
    const { runId, status, error } = await run('spoilt');
    expect([status, error?.code]).toEqual(['failed', 'load-unproven']);
    expect((await platform.pool.query('select from spoilt')).rowCount).toBe(0);
    expect(await api.send('GET', `/runs/${runId}/manifest`)).toMatchObject({ status: 404 });
  });

  it('is there for pipelines that come along with their request', async () => {
    const client = new PipelineClient(api);
    const ingestion = { query: 'select id from fruit' };
    const report = await client.run(
      { ingestion, transformation: { type: 'none' }, persistence: { table_name: 'inline', strategy: 'append' } },
      'along',
    );
    expect(report.status).toBe('completed');
    const { runId } = await client.runOf<RunView>('along');
    expect(await api.get<Manifest>(`/runs/${runId}/manifest`)).toMatchObject({
      pipeline: 'along',
      pipelineVersion: 0,
      tables: [{ table: 'inline' }],
    });
  });
});
