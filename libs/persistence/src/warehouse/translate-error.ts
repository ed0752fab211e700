import { DatabaseError } from 'pg';
import { isTransientDatabaseError } from '@app/platform';
import { LoadFailedError, WarehouseBusyError, WarehouseUnavailableError } from './warehouse-errors';

/** Where a statement was busy when it failed. */
export interface ErrorPlace {
  readonly table: string;
  /** Relation that `COPY` wrote to, as the server names it. */
  readonly relation?: string;
  readonly columns?: readonly string[];
}

/** lock_not_available, serialization_failure, deadlock_detected. */
const BUSY = new Set(['55P03', '40001', '40P01']);
/** query_canceled by somebody else than us, e.g. an administrator or a standby conflict. */
const CANCELLED_BY_SERVER = '57014';

/** In our words, since the server's quote the refused value (PostgreSQL appendix A names the codes). */
const REASONS: Readonly<Record<string, string>> = {
  '22001': 'the text is too long for the column',
  '22003': 'the number is out of the range of the column',
  '22007': 'the text is no date or time',
  '22008': 'the date or time is out of range',
  '22021': 'the text is not valid in the encoding of the database',
  '22P02': 'the text is no value of the type of the column',
  '22P04': 'the row has too many or too few values',
  '23502': 'a value is missing where the column demands one',
  '23503': 'a reference points to no row',
  '23505': 'a key exists twice',
  '23514': 'a check of the table refuses the row',
  '42501': 'the database user lacks the permission',
  '42P07': 'a relation of that name exists that is not an ordinary table',
  '53100': 'the disk of the database server is full',
};

/**
 * Turns a driver's error into ours. Nothing of the server's message, detail or context is kept, not even as a cause:
 * they quote values of patients. Errors that are not the database's pass unchanged.
 */
export function translateError(error: unknown, place?: ErrorPlace): unknown {
  if (error instanceof DatabaseError && BUSY.has(error.code ?? '')) return new WarehouseBusyError(error.code ?? '');
  if (isTransientDatabaseError(error)) return new WarehouseUnavailableError(codeOf(error));
  if (!(error instanceof DatabaseError)) return error;
  const sqlstate = error.code ?? '';
  if (sqlstate === CANCELLED_BY_SERVER) return new WarehouseUnavailableError(sqlstate);
  const table = place?.table ?? error.table;
  const { line, column } = copyPosition(error, place);
  const details = { table, column, line, constraint: error.constraint, sqlstate };
  const where = [
    line === undefined ? null : `line ${line}`,
    column === undefined ? null : `column "${column}"`,
    error.constraint === undefined ? null : `constraint "${error.constraint}"`,
  ].filter((part) => part !== null);
  const subject = table === undefined ? 'The warehouse' : `Table "${table}"`;
  const position = where.length > 0 ? ` at ${where.join(', ')}` : '';
  const reason = REASONS[sqlstate] ?? 'the statement was refused';
  return new LoadFailedError(`${subject} could not be written${position}: ${reason} (SQLSTATE ${sqlstate}).`, details);
}

/** Runs work and names its table in what it throws. */
export async function atPlace<T>(place: ErrorPlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translateError(error, place);
  }
}

/** Reads line and column from `COPY name, line 3, column born: "…"`; the column must be one we asked for, so that no value slips in. */
function copyPosition(error: DatabaseError, place?: ErrorPlace): { line?: number; column?: string } {
  const prefix = `COPY ${place?.relation ?? ''}, `;
  if (place?.relation === undefined || !error.where?.startsWith(prefix)) return { column: error.column };
  const context = error.where.slice(prefix.length);
  const line = /^\D*(\d+)/.exec(context)?.[1];
  const rest = context.slice(context.indexOf(line ?? ''));
  const column = place.columns?.filter((name) => rest.startsWith(`${line}, column ${name}: `)).sort((a, b) => b.length - a.length)[0];
  return { line: line === undefined ? undefined : Number(line), column: column ?? error.column };
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '');
