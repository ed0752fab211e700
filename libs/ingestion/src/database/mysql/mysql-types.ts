import type { Column, ColumnType } from '@app/platform';
import { type FieldPacket, Types } from 'mysql2';
import { bits, type CellWriter, date, hex, instant, text, verbatim } from './cell-bytes';

/** A column of a result, and how its cells become CSV. */
export interface MysqlColumn extends Column {
  /** Makes CSV of what the server sends as text. */
  readonly cell: CellWriter;
  /** Printed by the server with too few digits, so that it is read as a double. */
  readonly isSingle: boolean;
}

/** What the protocol calls the character set of bytes. */
const BINARY_CHARSET = 63;
const UNSIGNED_FLAG = 32;
/** Bits that fit into a signed 64-bit integer. */
const MAX_INTEGER_BITS = 63;

export function mysqlColumn(field: FieldPacket): MysqlColumn {
  const [type, cell] = conversion(field);
  return { name: field.name, type, cell, isSingle: field.columnType === Types.FLOAT };
}

function conversion(field: FieldPacket): [ColumnType, CellWriter] {
  const isUnsigned = (Number(field.flags) & UNSIGNED_FLAG) !== 0;
  switch (field.columnType) {
    case Types.TINY:
    case Types.SHORT:
    case Types.INT24:
    case Types.LONG:
    case Types.YEAR:
      return ['integer', verbatim];
    case Types.LONGLONG:
      return [isUnsigned ? 'decimal' : 'integer', verbatim];
    case Types.BIT:
      return [(field.columnLength ?? 0) > MAX_INTEGER_BITS ? 'decimal' : 'integer', bits];
    case Types.DECIMAL:
    case Types.NEWDECIMAL:
      return ['decimal', verbatim];
    case Types.FLOAT:
    case Types.DOUBLE:
      return ['float', verbatim];
    case Types.DATE:
    case Types.NEWDATE:
      return ['date', date];
    case Types.DATETIME:
      return ['timestamp', date];
    case Types.TIMESTAMP:
      return ['timestamptz', instant];
    case Types.JSON:
      return ['json', text];
    default:
      if (field.extendedFormat === 'json') return ['json', text];
      if (field.extendedTypeName === 'uuid') return ['uuid', verbatim];
      return field.characterSet === BINARY_CHARSET ? binary(field) : ['string', text];
  }
}

/** Times and nulls also come in the character set of bytes. */
function binary(field: FieldPacket): [ColumnType, CellWriter] {
  return field.columnType === Types.TIME || field.columnType === Types.NULL ? ['string', text] : ['bytes', hex];
}
