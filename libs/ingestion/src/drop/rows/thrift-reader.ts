/** Deep enough for every format that nests its own structures; hostile ones go on for ever. */
const MAX_DEPTH = 32;
const TYPE_BITS = 4;
const TYPE_MASK = 0x0f;
const LONG_LIST = 15;
const MORE = 0x80;
const VALUE_BITS = 0x7f;
const MAX_VARINT_BYTES = 10;

/** Type codes of the compact protocol. */
const Type = {
  Stop: 0,
  True: 1,
  False: 2,
  Byte: 3,
  I16: 4,
  I32: 5,
  I64: 6,
  Double: 7,
  Binary: 8,
  List: 9,
  Set: 10,
  Map: 11,
  Struct: 12,
} as const;

export type ThriftValue = number | boolean | Buffer | readonly ThriftValue[] | Map<number, ThriftValue>;

class Damaged extends Error {}

/** Reads a structure in Thrift's compact protocol, as the end of Parquet files is written. Integers beyond 2^53 lose precision. */
export class ThriftReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  /** Fields by number; null when the bytes are no such structure. */
  read(): Map<number, ThriftValue> | null {
    try {
      return this.struct(0);
    } catch (error) {
      if (error instanceof Damaged) return null;
      throw error;
    }
  }

  private struct(depth: number): Map<number, ThriftValue> {
    if (depth > MAX_DEPTH) throw new Damaged();
    const fields = new Map<number, ThriftValue>();
    let field = 0;
    for (let head = this.byte(); head !== Type.Stop; head = this.byte()) {
      const step = head >> TYPE_BITS;
      field = step === 0 ? this.signed() : field + step;
      fields.set(field, this.value(head & TYPE_MASK, depth, true));
    }
    return fields;
  }

  private value(type: number, depth: number, isField: boolean): ThriftValue {
    switch (type) {
      case Type.True:
      case Type.False:
        return (isField ? type : this.byte()) === Type.True;
      case Type.Byte:
        return this.byte();
      case Type.I16:
      case Type.I32:
      case Type.I64:
        return this.signed();
      case Type.Double:
        return this.take(8).readDoubleLE();
      case Type.Binary:
        return this.take(this.unsigned());
      case Type.List:
      case Type.Set:
        return this.list(depth);
      case Type.Struct:
        return this.struct(depth + 1);
      default:
        throw new Damaged();
    }
  }

  private list(depth: number): ThriftValue[] {
    if (depth > MAX_DEPTH) throw new Damaged();
    const head = this.byte();
    const size = head >> TYPE_BITS === LONG_LIST ? this.unsigned() : head >> TYPE_BITS;
    // Each item takes a byte at least.
    if (size > this.bytes.length - this.at) throw new Damaged();
    return Array.from({ length: size }, () => this.value(head & TYPE_MASK, depth + 1, false));
  }

  private signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  private unsigned(): number {
    let value = 0;
    for (let index = 0; index < MAX_VARINT_BYTES; index += 1) {
      const byte = this.byte();
      value += (byte & VALUE_BITS) * 2 ** (7 * index);
      if ((byte & MORE) === 0) return value;
    }
    throw new Damaged();
  }

  private byte(): number {
    return this.take(1)[0] as number;
  }

  private take(size: number): Buffer {
    if (size > this.bytes.length - this.at) throw new Damaged();
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }
}
