import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Inject, Injectable } from '@nestjs/common';
import { OBJECT_STORE, type ObjectStore, type StagedTable } from '@app/platform';
import { z } from 'zod';
import { UploadCorruptError } from './upload.errors';

const FOLDER = 'uploads/';

const manifestSchema = z.object({
  table: z.string(),
  columns: z.array(z.string()),
  rows: z.number().int(),
  /** Hex SHA-256 of the rows' bytes. */
  sha256: z.string(),
  strategy: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('append') }),
    z.object({ kind: z.literal('replace') }),
    z.object({ kind: z.literal('key'), columns: z.array(z.string()) }),
  ]),
});

/** What is to be done with the stored rows of an upload. Written last: without it there is no upload. */
export type UploadManifest = z.infer<typeof manifestSchema>;

/** Checked uploads that wait to be loaded, in the object store. They hold patients' records. */
@Injectable()
export class UploadStore {
  constructor(@Inject(OBJECT_STORE) private readonly store: ObjectStore) {}

  /** Stores all rows or none, and returns the hash of their bytes. */
  async putRows(id: string, copyText: AsyncIterable<Uint8Array>): Promise<string> {
    return (await this.store.put(rowsKey(id), copyText)).sha256;
  }

  async putManifest(id: string, manifest: UploadManifest): Promise<void> {
    await this.store.put(manifestKey(id), Buffer.from(JSON.stringify(manifest)));
  }

  /** @throws {ObjectNotFoundError} when the upload was never complete or is removed */
  async manifest(id: string): Promise<UploadManifest> {
    return manifestSchema.parse(JSON.parse(await text(await this.store.open(manifestKey(id)))));
  }

  /** The stored rows; reading them fails with {@link UploadCorruptError} when they are not those that were stored. */
  staged(id: string, { table, columns, rows, sha256 }: UploadManifest): StagedTable {
    const read = (signal: AbortSignal): AsyncGenerator<Uint8Array> => this.read(id, sha256, signal);
    return {
      // The target's own types decide what the texts mean.
      table: { name: table, columns: columns.map((name) => ({ name, type: 'string' })) },
      rows,
      fingerprint: sha256,
      open: (signal) => ({ bytes: Readable.from(read(signal), { objectMode: false }), done: Promise.resolve() }),
    };
  }

  async discard(id: string): Promise<void> {
    await this.store.deletePrefix(`${FOLDER}${id}/`);
  }

  /** Uploads whose newest object is older than an instant. */
  async *storedBefore(instant: Date): AsyncGenerator<string> {
    for await (const folder of this.store.folders(FOLDER)) {
      let newest = 0;
      for await (const { modifiedAt } of this.store.list(`${FOLDER}${folder}/`)) newest = Math.max(newest, modifiedAt.getTime());
      if (newest < instant.getTime()) yield folder;
    }
  }

  private async *read(id: string, sha256: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    for await (const chunk of (await this.store.open(rowsKey(id), { signal })) as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      yield chunk;
    }
    if (hash.digest('hex') !== sha256) throw new UploadCorruptError(id);
  }
}

const rowsKey = (id: string): string => `${FOLDER}${id}/rows.csv`;
const manifestKey = (id: string): string => `${FOLDER}${id}/manifest.json`;
