import type { RedshiftSettings } from '@app/persistence';
import { AppError, openBucket, type ObjectStoreSettings } from '@app/platform';
import type { PipelineDefinition } from '../definitions/definition';

/** Of parts in a bucket that is not the object store's own, so that nobody takes them for something else. */
const FOREIGN_PREFIX = 'tributary/';

class RedshiftNotReachableError extends AppError {
  readonly code = 'config-invalid';
}

/**
 * Where the parts of a definition's tables lie, and how its cluster gets at them: by the role that the definition names, or by
 * the object store's keys. @throws {AppError} `config-invalid` when either is missing
 */
export function redshiftSettings({ redshift = {} }: PipelineDefinition['target'], store: ObjectStoreSettings): RedshiftSettings {
  const { protocol, host, pathname } = new URL(store.url);
  const isS3 = protocol === 's3:';
  const bucket = redshift.bucket ?? (isS3 ? host : undefined);
  if (bucket === undefined) {
    throw new RedshiftNotReachableError(
      'Redshift reads rows from S3: set OBJECT_STORE_URL to s3://…, or name a bucket in target.redshift.',
    );
  }
  const own = decodeURIComponent(pathname).replace(/^\/+|\/+$/g, '');
  const isOwn = isS3 && bucket === host;
  const prefix = redshift.prefix ?? (!isOwn ? FOREIGN_PREFIX : own === '' ? '' : `${own}/`);
  return {
    parts: { store: openBucket(store, bucket), bucket, prefix },
    access: accessOf(redshift.iamRole, store),
    region: isS3 ? (store.region ?? null) : null,
  };
}

function accessOf(iamRole: string | undefined, { accessKeyId, secretAccessKey }: ObjectStoreSettings): RedshiftSettings['access'] {
  if (iamRole !== undefined) return { iamRole };
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey };
  throw new RedshiftNotReachableError(
    'Nothing lets the cluster into the bucket: name target.redshift.iamRole, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  );
}
