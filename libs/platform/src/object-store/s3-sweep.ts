import { AbortMultipartUploadCommand, ListMultipartUploadsCommand, type MultipartUpload, type S3Client } from '@aws-sdk/client-s3';

export interface SweepScope {
  readonly bucket: string;
  readonly prefix: string;
  readonly startedBefore: Date;
  readonly signal?: AbortSignal;
}

/** Uploads of killed writers are invisible but paid for; returns how many were given up. */
export async function abortStaleUploads(client: S3Client, { bucket, prefix, startedBefore, signal }: SweepScope): Promise<number> {
  let swept = 0;
  for await (const upload of unfinishedUploads(client, { bucket, prefix, signal })) {
    if (!upload.Initiated || upload.Initiated > startedBefore) continue;
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: upload.Key, UploadId: upload.UploadId }), {
      abortSignal: signal,
    });
    swept += 1;
  }
  return swept;
}

async function* unfinishedUploads(
  client: S3Client,
  { bucket, prefix, signal }: Omit<SweepScope, 'startedBefore'>,
): AsyncGenerator<MultipartUpload> {
  let after: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (;;) {
    const page = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...after }), { abortSignal: signal });
    yield* page.Uploads ?? [];
    if (!page.IsTruncated) return;
    after = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
}
