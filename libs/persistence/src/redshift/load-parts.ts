import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { ObjectStore, StagedTable } from '@app/platform';
import { StagedRowsDifferError } from '../warehouse/warehouse-errors';
import { CsvRecoder, type NullCells, type RecodedRows } from './csv-recoder';

/** Smaller parts cost more to open than their parallel reading gains (uncompressed). */
export const MIN_PART_BYTES = 4 * 1024 ** 2;
/** Larger ones keep one slice busy while the others have finished (uncompressed). */
export const MAX_PART_BYTES = 512 * 1024 ** 2;

/** Where parts lie, as this process and as the cluster reach it. */
export interface PartStore {
  readonly store: ObjectStore;
  readonly bucket: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
}

export interface LoadPart {
  readonly key: string;
  readonly rows: number;
  /** As the server counts them: a value may hold several. */
  readonly lines: number;
  /** As stored. */
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface PartsRequest {
  readonly staged: StagedTable;
  /** Of the table within the store; ends in a slash. */
  readonly folder: string;
  readonly nullToken: string;
  /** By column. */
  readonly nulls: readonly NullCells[];
  /** Slices of the cluster: each reads one part at a time. */
  readonly slices: number;
  readonly signal: AbortSignal;
}

/** What a null is written as in the parts of a publication: a text that no value holds by chance. */
export const nullTokenOf = (runId: string): string => `<null:${createHash('sha256').update(runId).digest('hex').slice(0, 32)}>`;

/**
 * Writes a table's rows as gzip CSV, a part for each slice where there are enough rows, and never more than a part in memory.
 * @throws {StagedRowsDifferError} when the producer gave another number of rows than was sealed
 */
export async function writeParts(parts: PartStore, request: PartsRequest): Promise<LoadPart[]> {
  const { staged, folder, slices, signal } = request;
  const rowsPerPart = Math.ceil(staged.rows / slices);
  const { bytes, done } = staged.open(signal);
  done.catch((error: unknown) => bytes.destroy(error instanceof Error ? error : new Error('The producer of the rows failed.')));
  const written: LoadPart[] = [];
  let open: OpenPart | null = null;
  try {
    for await (const whole of recoded(bytes, request)) {
      open ??= new OpenPart(parts, `${folder}part-${String(written.length).padStart(5, '0')}.csv.gz`, signal);
      await open.write(whole);
      if (open.isFull(rowsPerPart)) {
        written.push(await open.close());
        open = null;
      }
    }
    await done;
    if (open) written.push(await open.close());
  } catch (error) {
    bytes.destroy();
    await open?.abandon();
    throw error;
  }
  const rows = written.reduce((sum, part) => sum + part.rows, 0);
  if (rows !== staged.rows) throw new StagedRowsDifferError(staged.table.name, staged.rows, rows);
  return written;
}

async function* recoded(bytes: AsyncIterable<Buffer>, { nullToken, nulls }: PartsRequest): AsyncGenerator<RecodedRows> {
  const recoder = new CsvRecoder(nullToken, nulls);
  for await (const chunk of bytes) {
    const whole = recoder.push(chunk);
    if (whole.rows > 0) yield whole;
  }
  if (!recoder.isComplete) throw new Error('The last staged row has no end.');
}

/** An object that is being written. */
class OpenPart {
  private readonly input = new PassThrough();
  /** Parts live for minutes: what counts is how soon they are there. */
  private readonly gzip = createGzip({ level: constants.Z_BEST_SPEED });
  private readonly zipped: Promise<void>;
  private readonly stored: Promise<{ readonly sizeBytes: number; readonly sha256: string }>;
  private rows = 0;
  private lines = 0;
  private bytes = 0;

  constructor(
    { store, prefix }: PartStore,
    private readonly key: string,
    signal: AbortSignal,
  ) {
    this.key = `${prefix}${key}`;
    this.zipped = pipeline(this.input, this.gzip);
    this.stored = store.put(this.key, this.gzip, { signal });
    // Whoever writes, closes or abandons meets the failure; nobody else has to.
    this.zipped.catch(() => undefined);
    this.stored.catch((error: unknown) => this.input.destroy(error instanceof Error ? error : undefined));
  }

  async write({ bytes, rows, lines }: RecodedRows): Promise<void> {
    this.rows += rows;
    this.lines += lines;
    this.bytes += bytes.length;
    if (!this.input.write(bytes)) await Promise.race([once(this.input, 'drain'), this.stored]);
  }

  isFull(rowsPerPart: number): boolean {
    return this.bytes >= MAX_PART_BYTES || (this.bytes >= MIN_PART_BYTES && this.rows >= rowsPerPart);
  }

  async close(): Promise<LoadPart> {
    this.input.end();
    const { sizeBytes, sha256 } = await this.stored;
    await this.zipped;
    return { key: this.key, rows: this.rows, lines: this.lines, sizeBytes, sha256 };
  }

  async abandon(): Promise<void> {
    this.input.destroy();
    await Promise.allSettled([this.zipped, this.stored]);
  }
}
