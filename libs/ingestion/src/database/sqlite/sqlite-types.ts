import type { ColumnType } from '@app/platform';
import type { SQLiteValue } from 'node-sqlite3-wasm';
import { csvCell } from '../csv-text';

type ValueKind = 'integer' | 'float' | 'text' | 'bytes';

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$/;

/** What a declared type promises; SQLite itself promises nothing. */
export function declaredType(declared: string): ColumnType {
  const word = declared.toUpperCase();
  if (/BOOL/.test(word)) return 'boolean';
  if (/DATETIME|TIMESTAMP/.test(word)) return 'timestamp';
  if (/DATE/.test(word)) return 'date';
  if (/INT/.test(word)) return 'integer';
  if (/JSON/.test(word)) return 'json';
  if (/BLOB/.test(word)) return 'bytes';
  if (/REAL|FLOA|DOUB/.test(word)) return 'float';
  if (/DEC|NUM/.test(word)) return 'decimal';
  return 'string';
}

/** One column: writes its cells and watches which values it really holds. */
export class SqliteColumn {
  private readonly kinds = new Set<ValueKind>();
  private keepsPromise = true;

  constructor(
    readonly name: string,
    readonly declared: ColumnType,
  ) {}

  cell(value: SQLiteValue): string {
    if (value === null) return '';
    if (typeof value === 'string') return this.text(value);
    if (value instanceof Uint8Array) {
      this.kinds.add('bytes');
      return `\\x${Buffer.from(value).toString('hex')}`;
    }
    // The driver returns whole numbers beyond the safe ones as bigint.
    const isInteger = typeof value === 'bigint' || Number.isSafeInteger(value);
    this.kinds.add(isInteger ? 'integer' : 'float');
    if (this.declared === 'boolean' && value !== 0 && value !== 1) this.keepsPromise = false;
    return String(value);
  }

  /** The declared type where the values keep to it, else what they are; text where they are of several kinds. */
  type(): ColumnType {
    const [kind, ...others] = this.kinds;
    if (kind === undefined) return this.declared;
    if (others.length > 0) return this.isNumeric() ? (this.declared === 'decimal' ? 'decimal' : 'float') : 'string';
    switch (kind) {
      case 'text':
        return this.keepsPromise && ['date', 'timestamp', 'json'].includes(this.declared) ? this.declared : 'string';
      case 'bytes':
        return 'bytes';
      case 'integer':
        if (this.declared === 'boolean' && !this.keepsPromise) return 'integer';
        return ['boolean', 'decimal', 'float'].includes(this.declared) ? this.declared : 'integer';
      case 'float':
        return this.declared === 'decimal' ? 'decimal' : 'float';
    }
  }

  private isNumeric(): boolean {
    return [...this.kinds].every((kind) => kind === 'integer' || kind === 'float');
  }

  private text(value: string): string {
    this.kinds.add('text');
    if (this.declared === 'date' && !DATE.test(value)) this.keepsPromise = false;
    if (this.declared === 'timestamp' && !TIMESTAMP.test(value)) this.keepsPromise = false;
    return csvCell(value);
  }
}
