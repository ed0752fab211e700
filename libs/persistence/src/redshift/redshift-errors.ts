import { DatabaseError } from 'pg';
import { translateError, type ErrorPlace } from '../warehouse/translate-error';
import { WarehouseBusyError } from '../warehouse/warehouse-errors';

/** What Redshift calls nearly everything that PostgreSQL has a code for. */
export const INTERNAL_ERROR = 'XX000';
/** Its own number, in the text, for transactions that could not have run one after the other. */
const SERIALIZATION_VIOLATION = /^1023\b|serializable isolation violation/i;

/** As {@link translateError}, and knows a conflict with another transaction, which is to be tried again. */
export function translateRedshiftError(error: unknown, place?: ErrorPlace): unknown {
  if (error instanceof DatabaseError && error.code === INTERNAL_ERROR && SERIALIZATION_VIOLATION.test(error.message)) {
    return new WarehouseBusyError(INTERNAL_ERROR);
  }
  return translateError(error, place);
}
