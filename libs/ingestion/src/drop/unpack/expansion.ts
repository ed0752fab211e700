import { EXPANSION_GRACE_BYTES, type DropLimits } from '@app/platform';
import { DropRefusedError } from '../drop.errors';

/** Counts what goes into unpacking and what comes out of it, and stops it as soon as that is too much. */
export class Expansion {
  compressedBytes = 0;
  private unpackedBytes = 0;
  private entries = 0;

  constructor(private readonly limits: DropLimits) {}

  tookIn(bytes: number): void {
    this.compressedBytes += bytes;
    if (this.compressedBytes > this.limits.compressedBytes) this.refuse(`it has more than ${this.limits.compressedBytes} bytes`);
  }

  gaveOut(bytes: number): void {
    this.unpackedBytes += bytes;
    const { uncompressedBytes, expansionRatio } = this.limits;
    if (this.unpackedBytes > uncompressedBytes) this.refuse(`it unpacks to more than ${uncompressedBytes} bytes`);
    if (this.unpackedBytes > EXPANSION_GRACE_BYTES && this.unpackedBytes > expansionRatio * this.compressedBytes)
      this.refuse(`it unpacks to more than ${expansionRatio} times its size`);
  }

  metEntry(): void {
    this.entries += 1;
    if (this.entries > this.limits.entries) this.refuse(`it has more than ${this.limits.entries} entries`);
  }

  private refuse(what: string): never {
    throw new DropRefusedError('LIMIT_EXCEEDED', what);
  }
}
