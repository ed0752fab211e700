import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { objectStoreConfig, openBucket, type ObjectInfo, type ObjectStore } from '@app/platform';
import { DropNotMarkedError } from './drop.errors';
import { copyKey, type CopyKind, type DropSettings } from './drop-settings';
import type { DropObjectEntity } from './drop.entity';

/** S3 carries 2048 bytes of metadata in all. */
const REASON_BYTES = 1000;

export interface CopyFacts {
  readonly runId: string;
  readonly reason: string | null;
  readonly sha256: string | null;
}

/** The copies that mark what became of drops. Drops themselves are never changed, moved or deleted. */
@Injectable()
export class DropCopies implements OnApplicationShutdown {
  private readonly buckets = new Map<string, ObjectStore>();

  constructor(@Inject(objectStoreConfig.KEY) private readonly settings: ConfigType<typeof objectStoreConfig>) {}

  /** Writes the copy, or writes it anew; returns its key. @throws {DropNotMarkedError} */
  async write(settings: DropSettings, kind: CopyKind, drop: DropObjectEntity, { runId, reason, sha256 }: CopyFacts): Promise<string> {
    const to = copyKey(settings, kind, drop.key);
    const metadata = {
      outcome: kind,
      run_id: runId,
      source_etag: headerText(drop.etag),
      ...(reason !== null && { reason: headerText(reason) }),
      ...(sha256 !== null && { sha256 }),
    };
    try {
      await this.bucket(settings.bucket).copy(drop.key, to, { metadata });
      return to;
    } catch (error) {
      throw new DropNotMarkedError(to, error);
    }
  }

  /** Which copy, made before there was a ledger, says that a drop was dealt with: one that is newer than the drop and not of another content. */
  async earlier(settings: DropSettings, drops: readonly DropObjectEntity[]): Promise<ReadonlyMap<DropObjectEntity, CopyKind>> {
    const found = new Map<DropObjectEntity, CopyKind>();
    for (const kind of ['bad', 'good'] as const) {
      const copies = await this.list(settings, kind);
      for (const drop of drops) {
        const copy = copies.get(copyKey(settings, kind, drop.key));
        if (copy && copy.modifiedAt > drop.lastModified && (await this.isOf(settings, copy, drop))) found.set(drop, kind);
      }
    }
    return found;
  }

  onApplicationShutdown(): void {
    for (const store of this.buckets.values()) store.close();
  }

  private async list(settings: DropSettings, kind: CopyKind): Promise<ReadonlyMap<string, ObjectInfo>> {
    const copies = new Map<string, ObjectInfo>();
    for await (const copy of this.bucket(settings.bucket).list(copyKey(settings, kind, `${settings.source}/${settings.directory}/`)))
      copies.set(copy.key, copy);
    return copies;
  }

  /** The original wrote no metadata. */
  private async isOf(settings: DropSettings, copy: ObjectInfo, drop: DropObjectEntity): Promise<boolean> {
    const etag = (await this.bucket(settings.bucket).stat(copy.key))?.metadata.source_etag;
    return etag === undefined || etag === headerText(drop.etag);
  }

  private bucket(name: string): ObjectStore {
    const store = this.buckets.get(name) ?? openBucket(this.settings, name);
    this.buckets.set(name, store);
    return store;
  }
}

/** What a header can carry. */
const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, REASON_BYTES);
