import { z } from 'zod';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Of the object as it lies in the store. */
export const DEFAULT_COMPRESSED_BYTES = 2 * GIB;
/** Of everything an archive unpacks to, headers included. */
export const DEFAULT_UNCOMPRESSED_BYTES = 20 * GIB;
/** Unpacked bytes for each byte of the archive. */
export const DEFAULT_EXPANSION_RATIO = 200;
/** Before this much is unpacked the ratio says nothing. */
export const EXPANSION_GRACE_BYTES = 64 * MIB;
/** Entries of an archive, folders and ignored files included. */
export const DEFAULT_ENTRIES = 100;
export const DEFAULT_CELL_BYTES = MIB;
/** The engine reads no longer lines, so this one can only be lowered. */
export const MAX_ROW_BYTES = 8 * MIB;
export const DEFAULT_PATH_BYTES = 1024;

const limit = (initial: number) => z.int().positive().default(initial);

/** The `limits` of a configuration. Each is checked on the bytes that arrive, never on sizes that an archive states. */
export const dropLimitsSchema = z
  .strictObject({
    compressed_bytes: limit(DEFAULT_COMPRESSED_BYTES),
    uncompressed_bytes: limit(DEFAULT_UNCOMPRESSED_BYTES),
    expansion_ratio: limit(DEFAULT_EXPANSION_RATIO),
    members: limit(DEFAULT_ENTRIES),
    cell_bytes: limit(DEFAULT_CELL_BYTES),
    row_bytes: z.int().positive().max(MAX_ROW_BYTES).default(MAX_ROW_BYTES),
    path_bytes: limit(DEFAULT_PATH_BYTES),
  })
  .transform((limits) => ({
    compressedBytes: limits.compressed_bytes,
    uncompressedBytes: limits.uncompressed_bytes,
    expansionRatio: limits.expansion_ratio,
    entries: limits.members,
    cellBytes: limits.cell_bytes,
    rowBytes: limits.row_bytes,
    pathBytes: limits.path_bytes,
  }));

/** What a drop may hold at most. */
export type DropLimits = z.output<typeof dropLimitsSchema>;
