import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { S3Client } from '@aws-sdk/client-s3';
import { AppError } from '../errors/app-error';
import { FolderObjectStore } from './folder-object-store';
import type { ObjectStore } from './object-store';
import { S3ObjectStore } from './s3-object-store';

const CONNECTION_TIMEOUT_MS = 10_000;
/** From the start of a request to the start of its answer; a 16 MiB part has to pass in this time. */
const REQUEST_TIMEOUT_MS = 120_000;
/** Tries of one request, with the client's own backoff between them. */
const MAX_ATTEMPTS = 5;
const DEFAULT_REGION = 'us-east-1';

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** Old buckets have longer names, with capitals and underscores. Never a path. */
const ANY_BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

export interface ObjectStoreSettings {
  /** `file:///absolute/folder` or `s3://bucket/prefix`. */
  readonly url: string;
  /** Address of an S3 server other than Amazon's. */
  readonly endpoint?: string;
  readonly region?: string;
  /** Both keys or neither; without them the S3 client's own chain applies (instance role, profile, environment). */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

class ObjectStoreUrlError extends AppError {
  readonly code = 'config-invalid';
}

/** Opens the store an address names, without contacting it. A folder is created. @throws {AppError} `config-invalid` */
export function openObjectStore(settings: ObjectStoreSettings): ObjectStore {
  const url = storeUrl(settings);
  if (url.protocol === 'file:') return new FolderObjectStore(fileURLToPath(url));
  const prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '');
  return new S3ObjectStore(s3Client(settings), url.host, prefix === '' ? '' : `${prefix}/`);
}

/**
 * Opens another bucket of the same store, whole: in a folder store, the folder of that name. @throws {AppError} `config-invalid`
 */
export function openBucket(settings: ObjectStoreSettings, bucket: string): ObjectStore {
  const url = storeUrl(settings);
  if (!ANY_BUCKET.test(bucket)) throw new ObjectStoreUrlError('A bucket is named by letters, digits, dots, hyphens and underscores.');
  if (url.protocol === 'file:') return new FolderObjectStore(join(fileURLToPath(url), bucket));
  return new S3ObjectStore(s3Client(settings), bucket, '');
}

function storeUrl({ url: text }: ObjectStoreSettings): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'file:' && url.host === '' && url.pathname !== '/') return url;
  if (url?.protocol === 's3:' && BUCKET.test(url.host)) return url;
  throw new ObjectStoreUrlError('OBJECT_STORE_URL is neither file:///absolute/folder nor s3://bucket/prefix.');
}

function s3Client({ endpoint, region = DEFAULT_REGION, accessKeyId, secretAccessKey }: ObjectStoreSettings): S3Client {
  return new S3Client({
    region,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, throwOnRequestTimeout: true },
    ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
    // Servers other than Amazon's rarely know bucket host names and the newer checksum trailers.
    ...(endpoint && {
      endpoint,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED' as const,
      responseChecksumValidation: 'WHEN_REQUIRED' as const,
    }),
  });
}
