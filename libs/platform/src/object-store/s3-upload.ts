import { Readable } from 'node:stream';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Digest } from './digest';

/** 10 000 parts is S3's limit, so that an object may have 160 GB. Memory of one upload: part size times concurrency. */
const UPLOAD_PART_BYTES = 16 * 1024 ** 2;
const UPLOAD_CONCURRENCY = 2;

export interface UploadTarget {
  readonly Bucket: string;
  readonly Key: string;
  readonly Metadata: Record<string, string>;
}

/** Bytes go in one request, a stream in parts; those of a failed or aborted upload are given up before this rejects. */
export async function upload(
  client: S3Client,
  target: UploadTarget,
  body: AsyncIterable<Uint8Array> | Uint8Array,
  digest: Digest,
  signal?: AbortSignal,
): Promise<{ readonly ETag?: string }> {
  if (body instanceof Uint8Array) {
    digest.add(body);
    return client.send(new PutObjectCommand({ ...target, Body: body }), { abortSignal: signal });
  }
  // The signal ends the body, and with it the upload in good order; the uploader's own abort would not wait for the clean-up.
  const stream = Readable.from(digest.over(body, signal), { objectMode: false });
  try {
    return await new Upload({
      client,
      params: { ...target, Body: stream },
      partSize: UPLOAD_PART_BYTES,
      queueSize: UPLOAD_CONCURRENCY,
    }).done();
  } finally {
    stream.destroy();
  }
}
