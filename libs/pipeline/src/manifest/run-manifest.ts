import { createHash } from 'node:crypto';
import { KEY_STREAM, type Unit } from '@app/ingestion';
import type { Publication, TableChange } from '@app/persistence';
import type { StagedPart, StagedTable } from '@app/platform';

/** Rows, and the order-independent hash of their content where the definition asks for it (`load.proof: hash`). */
export interface RowsProof {
  readonly rows: number;
  readonly hash: string | null;
}

/** What a source gave under one name. */
export interface SourceProof extends RowsProof {
  readonly publication: string;
  readonly stream: string;
  readonly bytes: number;
  /** SHA-256 over the sorted SHA-256 of the parts, each on a line: the bytes as they were staged. */
  readonly partsSha256: string;
}

export interface TableProof {
  readonly publication: string;
  readonly table: string;
  /** What the only stream gave, beside keys; null where there are several. */
  readonly source: RowsProof | null;
  /** What was to be loaded. The fingerprint tells contents apart, and is there always. */
  readonly staged: RowsProof & { readonly fingerprint: string };
  /** What was found in the table before the commit; it is what was staged, or nothing was published. */
  readonly published: RowsProof & Pick<TableChange, 'inserted' | 'updated' | 'deleted' | 'unchanged'>;
}

/** One transaction of a run. */
export interface PublicationRecord {
  /** Under which the target took it, once. */
  readonly id: string;
  /** The unit of the run, such as the key of a drop; null for a run that is one. */
  readonly unit: string | null;
  readonly publishedAt: string | null;
}

/** What a run found at its source, staged and published. Counts and hashes; no value of a row. */
export interface RunManifest {
  readonly format: 'tributary-manifest/1';
  readonly runId: string;
  readonly pipeline: string;
  /** Of the definition; 0 for a pipeline that came along with its request. */
  readonly pipelineVersion: number;
  readonly publications: readonly PublicationRecord[];
  readonly sources: readonly SourceProof[];
  readonly tables: readonly TableProof[];
}

/** Hashes of content by stream and by table; empty unless they were asked for. */
export interface ContentHashes {
  readonly streams: Readonly<Record<string, string>>;
  readonly tables: Readonly<Record<string, string>>;
}

/** What a publication went by. */
export interface PublicationEvidence {
  readonly unit: Unit;
  readonly parts: readonly StagedPart[];
  readonly tables: readonly StagedTable[];
  readonly hashes: ContentHashes;
  readonly publication: Publication;
}

/** The manifest with a publication, in place of what it says about the same one. */
export function withPublication(manifest: RunManifest, evidence: PublicationEvidence): RunManifest {
  const { unit, publication } = evidence;
  const sources = sourceProofs(evidence);
  const others = <T extends { readonly publication: string }>(proofs: readonly T[]): T[] =>
    proofs.filter((proof) => proof.publication !== unit.id);
  return {
    ...manifest,
    publications: [
      ...manifest.publications.filter(({ id }) => id !== unit.id),
      { id: unit.id, unit: unit.id === manifest.runId ? null : unit.name, publishedAt: publication.publishedAt },
    ],
    sources: [...others(manifest.sources), ...sources],
    tables: [...others(manifest.tables), ...tableProofs(evidence, sources)],
  };
}

function sourceProofs({ unit, parts, hashes }: PublicationEvidence): SourceProof[] {
  return [...new Set(parts.map(({ stream }) => stream))].map((stream) => {
    const own = parts.filter((part) => part.stream === stream);
    const lines = own.map(({ sha256 }) => `${sha256}\n`).sort();
    return {
      ...{ publication: unit.id, stream },
      rows: own.reduce((sum, { rows }) => sum + rows, 0),
      hash: hashes.streams[stream] ?? null,
      bytes: own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      partsSha256: createHash('sha256').update(lines.join('')).digest('hex'),
    };
  });
}

function tableProofs({ unit, tables, hashes, publication }: PublicationEvidence, sources: readonly SourceProof[]): TableProof[] {
  const [only, ...more] = sources.filter(({ stream }) => stream !== KEY_STREAM);
  const source = only && more.length === 0 ? { rows: only.rows, hash: only.hash } : null;
  const staged = new Map(tables.map((table) => [table.table.name, table]));
  return publication.tables.map(({ table, inserted, updated = 0, deleted, unchanged, proof }) => {
    const { rows = 0, fingerprint = '' } = staged.get(table) ?? {};
    return {
      ...{ publication: unit.id, table, source },
      staged: { rows, hash: hashes.tables[table] ?? proof?.hash ?? null, fingerprint },
      published: { rows: proof?.rows ?? 0, hash: proof?.hash ?? null, inserted, updated, deleted, unchanged },
    };
  });
}
