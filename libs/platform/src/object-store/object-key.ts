import { InvalidObjectKeyError } from './object-store-error';

/** S3 allows no more. */
export const MAX_KEY_BYTES = 1024;

/** Names starting like this belong to the store itself: temporary files and metadata. They are never objects. */
export const HIDDEN_PREFIX = '.tributary-';

/** Backslash and control characters (NUL among them): unsafe in paths, URLs or logs. */
const FORBIDDEN_CHARACTERS = /[\\\p{Cc}]/u;

export function assertKey(key: string): void {
  const fault = keyFault(key);
  if (fault !== null) throw new InvalidObjectKeyError(key, fault);
}

/** A prefix may be empty, and its last segment may be a beginning only. */
export function assertPrefix(prefix: string): void {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const rest = prefix.slice(folder.length);
  const fault = keyFault(`${folder}${rest.length > 0 && !/^\.{1,2}$/.test(rest) ? rest : 'x'}`);
  if (fault !== null) throw new InvalidObjectKeyError(prefix, fault);
}

/** A folder is empty (the whole store) or a prefix that ends in `/`. */
export function assertFolder(prefix: string): void {
  if (prefix !== '' && !prefix.endsWith('/')) throw new InvalidObjectKeyError(prefix, 'a folder ends in a slash');
  assertPrefix(prefix);
}

export function isKey(key: string): boolean {
  return keyFault(key) === null;
}

function keyFault(key: string): string | null {
  if (key === '') return 'it is empty';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `it is longer than ${MAX_KEY_BYTES} bytes`;
  if (Buffer.from(key).toString() !== key) return 'it is not well-formed Unicode';
  if (FORBIDDEN_CHARACTERS.test(key)) return 'it holds a backslash or a control character';
  if (key.startsWith('/')) return 'it is absolute';
  for (const segment of key.split('/')) {
    if (segment === '') return 'it has an empty segment';
    if (segment === '.' || segment === '..') return 'it has a segment that is a relative path';
    if (segment.startsWith(HIDDEN_PREFIX)) return `names starting with ${HIDDEN_PREFIX} are reserved`;
  }
  return null;
}
