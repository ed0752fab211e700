import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { quoteLiteral } from '../../sql-text';

/**
 * Cells of one row group, which the writer holds in memory whole for each thread. Measured: a million text cells of 10 bytes keep the
 * writer below 100 MiB.
 */
const ROW_GROUP_CELLS = 1_000_000;

/** The engine works on vectors of this many rows; row groups are multiples. */
const VECTOR_ROWS = 2048;
const MAX_ROW_GROUP_ROWS = 60 * VECTOR_ROWS;

/** A statement that writes a query to a Parquet file. */
export function copyToParquet(sql: string, path: string, columns: number): string {
  const vectors = Math.floor(ROW_GROUP_CELLS / Math.max(1, columns) / VECTOR_ROWS);
  const rows = Math.min(MAX_ROW_GROUP_ROWS, Math.max(1, vectors) * VECTOR_ROWS);
  return `copy (${sql}) to ${quoteLiteral(path)} (format parquet, row_group_size ${rows}, use_tmp_file false)`;
}

export interface FileDigest {
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

export async function digestFile(path: string, signal: AbortSignal): Promise<FileDigest> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal });
  return { sizeBytes: (await stat(path)).size, sha256: hash.digest('hex') };
}
