import { isUtf8 } from 'node:buffer';

const CONTINUATION = 0x80;
const LEAD = 0xc0;
const MAX_SEQUENCE_BYTES = 4;

/** How many bytes of `bytes` are whole characters; the rest may be the beginning of one. */
export function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back < MAX_SEQUENCE_BYTES && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < CONTINUATION) return bytes.length;
    if (byte >= LEAD) return sequenceBytes(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Where the first byte stands that no valid text has there; -1 when all are valid. */
export function firstInvalid(bytes: Buffer): number {
  if (isUtf8(bytes)) return -1;
  let valid = 0;
  let invalid = bytes.length;
  // A beginning is valid when it is, cut at a whole character.
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    const head = bytes.subarray(0, middle);
    if (isUtf8(head.subarray(0, wholeCharacters(head)))) valid = middle;
    else invalid = middle;
  }
  return valid;
}

function sequenceBytes(lead: number): number {
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}
