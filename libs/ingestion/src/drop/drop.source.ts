import { createHash, type Hash } from 'node:crypto';
import {
  dropConfigSchema,
  openBucket,
  type DropConfig,
  type DropMember,
  type ObjectStore,
  type ObjectStoreSettings,
  type Part,
} from '@app/platform';
import type { ExtractRequest, Unit, UnitSource } from '../source';
import { DropContent } from './drop-content';
import { DropRefusedError } from './drop.errors';
import { dropTokenSchema } from './drop-token';
import { DropFinder } from './find-drops';
import { memberParts } from './member-parts';
import type { MemberFacts } from './rows/row-batch';
import { drained } from './unpack/byte-stream';

/** The stream of the one part that says what the drop held; its last part. */
export const DROP_STREAM = 'drop';

/** The rows of the member with this index come as this stream. */
export const memberStream = (index: number): string => `member-${index}`;

interface MemberRecord {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly stream: string;
  readonly header: readonly string[] | null;
}

/**
 * Drops in an object store: each is a unit of its own. Its files are read in one pass, without a copy on disk, and come as one
 * stream each: Parquet as it lies, everything else in staged CSV with exactly the configured columns. Which cells of that are
 * missing is decided here, everything else later.
 *
 * A replay from a resume token reads the drop from its beginning, since nothing packed can be entered in the middle, and yields
 * only the parts that followed.
 */
export class DropSource implements UnitSource<DropConfig> {
  readonly kind = 'drop';
  readonly configSchema = dropConfigSchema;
  private readonly buckets = new Map<string, ObjectStore>();
  private readonly finder = new DropFinder();

  constructor(private readonly settings: ObjectStoreSettings) {}

  async check({ bucket }: DropConfig, signal: AbortSignal): Promise<void> {
    await this.bucket(bucket).check({ signal });
  }

  units({ config, signal }: Pick<ExtractRequest<DropConfig>, 'config' | 'signal'>): Promise<Unit[]> {
    return this.finder.find(config, this.bucket(config.bucket), signal);
  }

  async *extract({ config, after, unit, signal }: ExtractRequest<DropConfig>): AsyncGenerator<Part> {
    const token = dropTokenSchema.parse(unit);
    const content = new DropContent(config, token, this.bucket(token.bucket), signal);
    const staged = after === null ? 0 : Number(after);
    const records: MemberRecord[] = [];
    let ordinal = 0;
    const seen = new Set<DropMember>();
    const names = new Set<string>();
    for await (const file of content.files()) {
      const name = file.path.normalize();
      if (names.has(name)) throw new DropRefusedError('DUPLICATE_MEMBER', 'it is there twice', { member: file.path });
      names.add(name);
      const index = memberIndex(config, file.path);
      const member = config.members[index];
      if (member === undefined) {
        if (config.unknownMembers === 'reject')
          throw new DropRefusedError('UNKNOWN_MEMBER', 'no table is configured for it', { member: file.path });
        await drained(file.content);
        continue;
      }
      if (seen.has(member)) throw new DropRefusedError('DUPLICATE_MEMBER', 'another file is for the same table', { member: file.path });
      seen.add(member);
      const facts: MemberFacts = { header: null, hasMarker: false };
      const measured = new Measured(content.unpacked(file));
      const source = { name: file.path, member, stream: memberStream(index), content: measured.chunks() };
      let rows = 0;
      for await (const part of memberParts(source, config, facts, ordinal + 1)) {
        ordinal += 1;
        if (ordinal > staged) yield part;
        else await part.skip();
        rows += part.summary().rows;
      }
      records.push({ name: file.path, rows, ...measured.result(), stream: memberStream(index), header: facts.header });
    }
    assertComplete(config, seen);
    if (ordinal + 1 > staged) yield summaryPart(ordinal + 1, await content.sha256(), records);
  }

  private bucket(name: string): ObjectStore {
    const known = this.buckets.get(name) ?? openBucket(this.settings, name);
    this.buckets.set(name, known);
    return known;
  }
}

/** Some systems write an accent as a character of its own; the name is the same. */
function memberIndex({ mode, members }: DropConfig, file: string): number {
  if (mode === 'file') return 0;
  const [name] = file.normalize().split('.', 1);
  return members.findIndex((member) => member.name.normalize() === name);
}

function assertComplete({ members }: DropConfig, seen: ReadonlySet<DropMember>): void {
  const missing = members.find((member) => member.required && !seen.has(member));
  if (missing) throw new DropRefusedError('MISSING_MEMBER', `the drop has no file ${missing.name}`);
}

/** Bytes and hash of a file, taken while somebody else reads it. */
class Measured {
  private readonly hash: Hash = createHash('sha256');
  private bytes = 0;

  constructor(private readonly content: AsyncIterable<Buffer>) {}

  async *chunks(): AsyncGenerator<Buffer> {
    for await (const chunk of this.content) {
      this.hash.update(chunk);
      this.bytes += chunk.length;
      yield chunk;
    }
  }

  result(): { bytes: number; sha256: string } {
    return { bytes: this.bytes, sha256: this.hash.digest('hex') };
  }
}

function summaryPart(ordinal: number, sha256: string, records: readonly MemberRecord[]): Part {
  const members = records.map(({ name, rows, bytes, sha256: hash }) => ({ name, rows, bytes, sha256: hash }));
  async function* lines(): AsyncGenerator<Uint8Array> {
    for (const record of records)
      yield await Promise.resolve(Buffer.from(`${JSON.stringify({ ...record, header: JSON.stringify(record.header) })}\n`));
  }
  return {
    stream: DROP_STREAM,
    name: DROP_STREAM,
    resumeToken: String(ordinal),
    format: 'ndjson',
    content: lines(),
    summary: () => ({
      rows: records.length,
      columns: ['name', 'rows', 'bytes', 'sha256', 'stream', 'header'],
      watermark: { drop: { sha256, members } },
    }),
  };
}
