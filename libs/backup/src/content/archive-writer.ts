import { open, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { StoredObject } from '@app/platform';
import type { BackupControl } from '../backup-control';
import type { ToolSet } from '../postgres/client-tools';
import type { Output } from '../postgres/program';
import { BackupStorage } from '../storage/backup-storage';
import { ArchiveListing } from './archive-listing';
import { BackupContents } from './backup-contents';

/** How often a file that another program writes is looked at, to say how far it is. */
const LOOK_MS = 500;

export interface RunningDump {
  /** Empty where it was given a file. */
  readonly stdout: Readable;
  /** Resolves when all that was written holds. */
  ended(): Promise<void>;
}

export type WrittenArchive = StoredObject & { readonly isEncrypted: boolean };

/** Brings what `pg_dump` writes into the storage, where it has its name only once the dump ended well and `pg_restore` listed it. */
@Injectable()
export class ArchiveWriter {
  constructor(
    private readonly storage: BackupStorage,
    private readonly contents: BackupContents,
  ) {}

  /** `pg_dump` itself writes where it can, since bytes that pass through here cost a third as much as making them. */
  async write(name: string, tools: ToolSet, control: BackupControl, start: (output: Output) => RunningDump): Promise<WrittenArchive> {
    const seal = await this.contents.sealing();
    const draft = seal ? null : await this.storage.draft(name);
    const checks = { tools, ...control, report: (done: number): void => control.progress({ done, total: null, note: name }) };
    if (draft === null) {
      const content = passed(start('pipe'), checks);
      return { isEncrypted: seal !== null, ...(await this.storage.put(name, seal ? seal(content) : content, control.signal)) };
    }
    try {
      await fill(draft, start, checks);
      return { isEncrypted: false, ...(await this.storage.putFile(name, draft, control.signal)) };
    } finally {
      await rm(draft, { force: true });
    }
  }
}

interface Checks {
  readonly tools: ToolSet;
  readonly signal: AbortSignal;
  readonly report: (bytes: number) => void;
}

async function fill(path: string, start: (output: Output) => RunningDump, { tools, signal, report }: Checks): Promise<void> {
  const file = await open(path, 'r+');
  const look = async (): Promise<void> => report((await file.stat()).size);
  const looking = setInterval(() => void look().catch(() => undefined), LOOK_MS); // a failure shows where it matters
  try {
    const dump = start(file.fd);
    const listing = new ArchiveListing(tools, signal);
    await dump.ended();
    await look();
    for await (const chunk of file.createReadStream({ start: 0, autoClose: false })) if (!(await listing.offer(chunk as Buffer))) break;
    await listing.read();
  } finally {
    clearInterval(looking);
    await file.close();
  }
}

/** The same bytes; they end only when everything that must hold does. */
async function* passed(dump: RunningDump, { tools, signal, report }: Checks): AsyncGenerator<Uint8Array> {
  const listing = new ArchiveListing(tools, signal);
  let bytes = 0;
  for await (const chunk of dump.stdout as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    report(bytes);
    await listing.offer(chunk);
    yield chunk;
  }
  await dump.ended();
  await listing.read();
}
