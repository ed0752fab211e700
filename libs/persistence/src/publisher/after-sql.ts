import { statementKeywords } from '@app/platform';
import { translateError } from '../warehouse/translate-error';
import { LoadFailedError, StrategyInvalidError } from '../warehouse/warehouse-errors';

/** Would part the rows from the record of their publication. */
const TRANSACTION_KEYWORDS = ['begin', 'start', 'commit', 'end', 'rollback', 'abort', 'prepare'];

/** Whatever runs a script of several statements in the publishing transaction. */
interface Script {
  query(sql: string): Promise<unknown>;
}

/**
 * Runs what a definition wants done once its rows are in.
 * @throws {StrategyInvalidError} when it would end the transaction; statements that commit by themselves are for the caller to name
 * @throws {LoadFailedError}
 */
export async function runAfterSql(session: Script, sql: string, committing: readonly string[] = []): Promise<void> {
  const ending = statementKeywords(sql).find((keyword) => TRANSACTION_KEYWORDS.includes(keyword) || committing.includes(keyword));
  if (ending !== undefined)
    throw new StrategyInvalidError([`The SQL after the load runs in the load's own transaction, which ${ending.toUpperCase()} would end.`]);
  try {
    await session.query(sql);
  } catch (error) {
    const translated = translateError(error);
    if (!(translated instanceof LoadFailedError)) throw translated;
    throw new LoadFailedError(`The SQL after the load failed, so nothing was loaded. ${translated.message}`, translated.details);
  }
}
