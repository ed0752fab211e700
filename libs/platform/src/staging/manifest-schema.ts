import { z } from 'zod';
import { COLUMN_TYPES } from '../database/table';
import type { ObjectStore } from '../object-store/object-store';
import type { Manifest, StagedPart } from './dataset';
import { StagingCorruptError } from './staging-error';

const HEX_SHA256 = /^[0-9a-f]{64}$/;

const partSchema = z.object({
  stream: z.string(),
  name: z.string(),
  key: z.string(),
  format: z.enum(['ndjson', 'csv', 'text', 'parquet']),
  rows: z.int().nonnegative(),
  columns: z.array(z.string()),
  types: z.array(z.enum(COLUMN_TYPES)).exactOptional(),
  facts: z.record(z.string(), z.unknown()).exactOptional(),
  watermark: z.record(z.string(), z.unknown()).exactOptional(),
  sizeBytes: z.int().nonnegative(),
  sha256: z.string().regex(HEX_SHA256),
  resumeToken: z.string(),
}) satisfies z.ZodType<StagedPart>;

const manifestSchema = z.object({
  runId: z.string(),
  stage: z.string(),
  sealedAt: z.iso.datetime(),
  parts: z.array(partSchema),
  attributes: z.record(z.string(), z.unknown()),
}) satisfies z.ZodType<Manifest>;

export function readPart(store: ObjectStore, key: string, signal?: AbortSignal): Promise<StagedPart> {
  return readJson(store, key, partSchema, signal);
}

export function readManifest(store: ObjectStore, key: string, signal?: AbortSignal): Promise<Manifest> {
  return readJson(store, key, manifestSchema, signal);
}

async function readJson<T>(store: ObjectStore, key: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T> {
  const chunks: Buffer[] = [];
  for await (const chunk of await store.open(key, { signal })) chunks.push(chunk as Buffer);
  const result = schema.safeParse(parsed(Buffer.concat(chunks).toString()));
  if (!result.success) throw new StagingCorruptError(key, 'it does not hold what was written there');
  return result.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
