import { ThriftReader, type ThriftValue } from './thrift-reader';

const MAGIC = 'PAR1';
/** The length of the footer, and the magic. */
export const PARQUET_TAIL_BYTES = 8;
/** Physical types that are texts, numbers or dates when they are annotated, and bare bytes otherwise. */
const BYTE_ARRAY = 6;
const FIXED_LENGTH = 7;

/** Numbers of the fields in the format's own definition. */
const FILE = { schema: 2, rows: 3, rowGroups: 4 } as const;
const SCHEMA = { type: 1, repetition: 3, name: 4, children: 5, converted: 6, logical: 10 } as const;
const GROUP = { bytes: 2, rows: 3 } as const;
const REPEATED = 2;

export interface ParquetColumn {
  readonly name: string;
  /** `nested`: a list or a group. */
  readonly kind: 'value' | 'bytes' | 'nested';
}

export interface ParquetFooter {
  readonly rows: number;
  readonly columns: readonly ParquetColumn[];
  /** Of all row groups before compression, as the file states it. */
  readonly bytes: number;
}

/** How long the footer is, by the last bytes of a file; null when they are not those of a Parquet file. */
export function footerBytes(tail: Buffer): number | null {
  if (tail.length < PARQUET_TAIL_BYTES || tail.toString('latin1', tail.length - MAGIC.length) !== MAGIC) return null;
  return tail.readUInt32LE(tail.length - PARQUET_TAIL_BYTES);
}

/** Null when it cannot be read, or contradicts itself. */
export function readFooter(footer: Buffer): ParquetFooter | null {
  const file = new ThriftReader(footer).read();
  if (file === null) return null;
  const groups = listOf(file.get(FILE.rowGroups)).map((group) => ({
    rows: numberOf(group, GROUP.rows),
    bytes: numberOf(group, GROUP.bytes),
  }));
  const rows = file.get(FILE.rows);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  if (typeof rows !== 'number' || groups.some((group) => group.rows < 0 || group.bytes < 0)) return null;
  if (sum(groups.map((group) => group.rows)) !== rows) return null;
  const columns = topLevel(listOf(file.get(FILE.schema)));
  return columns && { rows, columns, bytes: sum(groups.map((group) => group.bytes)) };
}

type Struct = ReadonlyMap<number, ThriftValue>;

/** The schema lists a tree in depth-first order; its root comes first. */
function topLevel(elements: readonly Struct[]): ParquetColumn[] | null {
  const [root, ...rest] = elements;
  const columns: ParquetColumn[] = [];
  let index = 0;
  for (let left = root ? numberOf(root, SCHEMA.children) : 0; left > 0; left -= 1) {
    const element = rest[index];
    const name = element?.get(SCHEMA.name);
    if (element === undefined || !Buffer.isBuffer(name)) return null;
    columns.push({ name: name.toString(), kind: kindOf(element) });
    index = behind(rest, index);
  }
  return index === rest.length && columns.length > 0 ? columns : null;
}

/** Behind an element with everything below it. */
function behind(elements: readonly Struct[], from: number): number {
  let at = from;
  for (let open = 1; open > 0 && at < elements.length; at += 1) open += numberOf(elements[at], SCHEMA.children) - 1;
  return at;
}

function kindOf(element: Struct): ParquetColumn['kind'] {
  if (numberOf(element, SCHEMA.children) > 0 || element.get(SCHEMA.repetition) === REPEATED) return 'nested';
  const isBytes = element.get(SCHEMA.type) === BYTE_ARRAY || element.get(SCHEMA.type) === FIXED_LENGTH;
  const isAnnotated = element.has(SCHEMA.logical) || element.has(SCHEMA.converted);
  return isBytes && !isAnnotated ? 'bytes' : 'value';
}

const listOf = (value: ThriftValue | undefined): readonly Struct[] =>
  Array.isArray(value) ? value.filter((item): item is Map<number, ThriftValue> => item instanceof Map) : [];

function numberOf(struct: Struct | undefined, field: number): number {
  const value = struct?.get(field);
  return typeof value === 'number' ? value : 0;
}
