import type { Query } from 'mysql2';

/** A row as the driver has it in its own buffer, which the next one overwrites. */
interface RowPacket {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
  isEOF(): boolean;
}
type RowState = (this: unknown, packet: RowPacket, connection: unknown) => unknown;

/**
 * Hands the rows of a query on as bytes, before the driver makes values of them. It does so by taking the place of the state
 * in which the driver's query takes rows; should a later driver have none, `onValues` is told of rows that came as values.
 */
export function takeRawRows(query: Query, onRow: (source: Buffer, from: number, to: number) => void, onValues: () => void): void {
  const standard: unknown = Reflect.get(query, 'row');
  query.on('result', onValues);
  if (!isState(standard)) return;
  const row: RowState = (packet, connection) => {
    if (packet.isEOF()) return standard.call(query, packet, connection);
    onRow(packet.buffer, packet.offset, packet.end);
    return row;
  };
  Reflect.set(query, 'row', row);
}

const isState = (value: unknown): value is RowState => typeof value === 'function';
