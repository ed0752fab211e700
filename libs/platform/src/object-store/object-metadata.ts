import type { ObjectMetadata } from './object-store';
import { InvalidObjectMetadataError } from './object-store-error';

/** What S3 carries in its headers; the folder store keeps to it, so that nothing works in a folder only. */
const MAX_METADATA_BYTES = 2048;
const NAME = /^[a-z0-9_-]+$/;
const VALUE = /^[\x20-\x7e]*$/;

export function assertMetadata(metadata: ObjectMetadata = {}): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(metadata)) {
    if (!NAME.test(name)) throw new InvalidObjectMetadataError('a name holds more than lower-case letters, digits, "-" and "_"');
    if (!VALUE.test(value)) throw new InvalidObjectMetadataError(`the value of "${name}" holds more than printable ASCII`);
    bytes += name.length + value.length;
  }
  if (bytes > MAX_METADATA_BYTES) throw new InvalidObjectMetadataError(`it is longer than ${MAX_METADATA_BYTES} bytes`);
}
