import { S3ServiceException } from '@aws-sdk/client-s3';
import { AppError } from '../errors/app-error';
import { ObjectNotFoundError, ObjectStoreUnavailableError } from './object-store-error';

const HTTP_NOT_FOUND = 404;
const HTTP_TOO_MANY_REQUESTS = 429;
const HTTP_SERVER_ERROR = 500;

/** Refusals that only a change of the settings ends. */
const REFUSALS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'has no such bucket; create it or correct the address',
  AccessDenied: 'refused access; check what the key may do in the bucket',
  Forbidden: 'refused access; check the keys and what they may do in the bucket',
  InvalidAccessKeyId: 'does not know the access key',
  SignatureDoesNotMatch: 'refused the signature; check the secret key and the region',
  AuthorizationHeaderMalformed: 'refused the signature; check the region',
  PermanentRedirect: 'serves the bucket from another region; correct the region',
};

/** Turns an error of the S3 client into ours. */
export function s3Failure(error: unknown, key: string): AppError {
  if (error instanceof AppError) return error;
  if (!(error instanceof S3ServiceException)) {
    return new ObjectStoreUnavailableError(
      `The S3 server did not answer${reason(error)}; check the address and the network, then try again.`,
      true,
      error,
    );
  }
  const refusal = REFUSALS[error.name];
  if (refusal) return new ObjectStoreUnavailableError(`The S3 server ${refusal}.`, false, error);
  const status = error.$metadata.httpStatusCode ?? HTTP_SERVER_ERROR;
  if (status === HTTP_NOT_FOUND) return new ObjectNotFoundError(key, { cause: error });
  const passing = status >= HTTP_SERVER_ERROR || status === HTTP_TOO_MANY_REQUESTS;
  return new ObjectStoreUnavailableError(`The S3 server answered ${status} ${error.name}.`, passing, error);
}

function reason(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
}
