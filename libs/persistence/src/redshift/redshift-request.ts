import type { PublishRequest, LoadRequest } from '../publisher/publication';
import { evolutionOf, ofTable, strategyOf } from '../publisher/table-options';
import { StrategyInvalidError } from '../warehouse/warehouse-errors';

const STRATEGIES = new Set(['replace', 'truncate', 'insert', 'append']);

/**
 * Rows can be put behind others, or in place of all. Whatever looks at single rows is not for this target.
 * @throws {StrategyInvalidError} naming every problem
 */
export function assertWritable(request: LoadRequest & Pick<Partial<PublishRequest>, 'indexes'>): void {
  const problems = request.tables.flatMap(({ table: { name } }) => {
    const { kind } = strategyOf(request, name);
    return [
      ...(STRATEGIES.has(kind) ? [] : [`Table "${name}" cannot be written by ${kind} in Redshift.`]),
      ...(evolutionOf(request, name) === 'freeze'
        ? []
        : [`Table "${name}" is never changed in Redshift, so its evolution has to be freeze.`]),
      ...((ofTable(request.indexes, name) ?? []).length > 0 ? [`Table "${name}" cannot have indexes in Redshift.`] : []),
    ];
  });
  if (request.proof === 'hash') problems.push('Redshift counts the rows that it copies; their content is not compared there.');
  if (problems.length > 0) throw new StrategyInvalidError(problems);
}
