import type { Publication } from '@app/persistence';
import { canonicalJson } from './canonical-json';
import { NO_HASHES } from './content-hashes';
import { withPublication, type PublicationEvidence, type RunManifest } from './run-manifest';

const EMPTY: RunManifest = {
  ...{ format: 'tributary-manifest/1', runId: 'run', pipeline: 'orchard', pipelineVersion: 1 },
  ...{ publications: [], sources: [], tables: [] },
};

function evidence(id: string, inserted: number): PublicationEvidence {
  const tables = [{ table: 'tree', inserted, deleted: 0, unchanged: 0, rows: inserted }];
  const publication: Publication = { tables, publishedAt: '2026-01-01T00:00:00.000Z', alreadyPublished: false, differences: {} };
  return { unit: { id, name: `${id}.tgz`, position: null, token: null }, parts: [], tables: [], hashes: NO_HASHES, publication };
}

describe('the manifest of a run', () => {
  it('has each publication once, as it was recorded last', () => {
    const both = withPublication(withPublication(EMPTY, evidence('a', 1)), evidence('b', 2));
    const again = withPublication(both, evidence('a', 3));
    expect(again.publications.map(({ id, unit }) => [id, unit])).toEqual([['b', 'b.tgz'], ['a', 'a.tgz']]); // prettier-ignore
    expect(again.tables.map(({ publication, published }) => [publication, published.inserted])).toEqual([['b', 2], ['a', 3]]); // prettier-ignore
  });

  it('names no unit of a run that is one', () => {
    expect(withPublication(EMPTY, evidence('run', 1)).publications).toMatchObject([{ id: 'run', unit: null }]);
  });

  it('is the same text whatever the order of its keys', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'ü"' }], a: true, e: undefined })).toBe('{"a":true,"b":[1,{"c":"ü\\"","d":null}]}');
  });
});
