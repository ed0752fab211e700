import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { DropSource } from '@app/ingestion';
import { dropConfigSchema, type DropConfig, type PartSummary } from '@app/platform';
import { pack, type Header } from 'tar-stream';

export const ORCHARD = {
  bucket: 'drops',
  source: 'client',
  destination: 'processed',
  directory: 'orchard',
  doc: 'orchard-export.*',
  schema: 'orchard',
  truncate: true,
  delim: '|',
  files: {
    trees: { dbtable: 'tree', column_count: 4, columns: ['tree_id', 'species', 'alive', 'row_code'] },
    picks: { dbtable: 'pick', column_count: 5, columns: ['pick_id', 'tree_id', 'kilos', 'memo', 'picked_at'] },
    workers: { dbtable: 'worker', column_count: 3, columns: ['worker_id', 'name', 'badge'] },
  },
};
export const READING = {
  bucket: 'drops',
  source: 'client',
  destination: 'processed',
  directory: 'dd',
  doc: 'f.*csv',
  dbtable: 'mart.reading',
  column_count: 3,
  columns: ['a', 'b', 'c'],
  delim: ',',
  truncate: false,
};
export const D1: Readonly<Record<string, string>> = {
  'trees.csv': 'a,b,c,d\n001,Plum,true,N1\n002,"Pear|red",FALSE,\n',
  'picks.csv': 'p,t,k,m,d\nP1,001,4.50,Field - Ana - early,2025-03-01 06:30:00.250\nP2,002,,no crew,2025-03-01 07:00:00.000\n',
  'workers.csv': 'w,n,b\nW1,"Jo ""J"" Roy",0042\nW2,Li\\Wei,-\n',
};
export const D1_KEY = 'client/orchard/orchard-export-0301.tgz';
const NOON = new Date('2025-03-01T12:00:00Z');

export type Entry = readonly [name: string, content: string | Buffer, header?: Partial<Header>];

/** A tar of these entries, whatever they are. */
export async function tar(entries: readonly Entry[]): Promise<Buffer> {
  const packed = pack();
  for (const [name, content, header] of entries) {
    if (header?.type !== undefined && header.type !== 'file') packed.entry({ ...header, name });
    else packed.entry({ ...header, name }, content);
  }
  packed.finalize();
  return buffer(packed);
}

export const tgz = async (files: Readonly<Record<string, string | Buffer>>, ...more: Entry[]): Promise<Buffer> =>
  gzipSync(await tar([...Object.entries(files), ...more]));

export interface DrawnPart extends PartSummary {
  readonly stream: string;
  readonly name: string;
  readonly token: string;
  readonly text: string;
}

/** A folder store with one bucket, and the source over it. */
export class DropHarness {
  private constructor(
    readonly root: string,
    readonly source: DropSource,
  ) {}

  static async start(): Promise<DropHarness> {
    const root = await mkdtemp(join(tmpdir(), 'drops-'));
    return new DropHarness(root, new DropSource({ url: pathToFileURL(root).href }));
  }

  stop(): Promise<void> {
    return rm(this.root, { recursive: true });
  }

  async put(key: string, content: string | Buffer, modifiedAt = NOON): Promise<void> {
    const path = join(this.root, 'drops', key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    await utimes(path, modifiedAt, modifiedAt);
  }

  units(json: object) {
    return this.source.units({ config: dropConfigSchema.parse(json), signal: new AbortController().signal });
  }

  /** All parts of the only drop. */
  async draw(json: object, after: string | null = null): Promise<DrawnPart[]> {
    const [unit] = await this.units(json);
    if (unit === undefined) throw new Error('there is no drop');
    return this.drawUnit(json, unit.token, after);
  }

  async drawUnit(json: object, unit: unknown, after: string | null = null): Promise<DrawnPart[]> {
    const config: DropConfig = dropConfigSchema.parse(json);
    const { signal } = new AbortController();
    const parts: DrawnPart[] = [];
    for await (const part of this.source.extract({ config, after, full: false, watermark: null, unit, signal })) {
      const pieces: Uint8Array[] = [];
      for await (const piece of part.content) pieces.push(piece);
      const text = Buffer.concat(pieces).toString();
      parts.push({ stream: part.stream, name: part.name, token: part.resumeToken, text, ...part.summary() });
    }
    return parts;
  }
}
