import { tmpdir } from 'node:os';
import { checkSql, sqlStep } from '@app/transform';
import type { TransformStep } from '../../definitions/definition';

/** Reading a query takes milliseconds. */
const SQL_CHECK_TIMEOUT_MS = 5_000;

/** What is wrong with the query of a step of the kind `sql`, so that a bad one is refused and does not only fail later; places are within its `config`. */
export async function queryFaults({ kind, config }: Pick<TransformStep, 'kind' | 'config'>): ReturnType<typeof checkSql> {
  return kind === sqlStep.kind ? checkSql(config, tmpdir(), AbortSignal.timeout(SQL_CHECK_TIMEOUT_MS)) : [];
}
