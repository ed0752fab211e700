import type { TableShape } from '@app/platform';
import { ShapeInvalidError } from '../warehouse/warehouse-errors';
import { identifierProblem, schemaNameProblem, tableNameProblem } from './identifier';

/** @throws {ShapeInvalidError} naming a schema that is not to be written, every duplicate table or column and every unusable name at once */
export function assertUsable(schema: string, shapes: readonly TableShape[]): void {
  const problems = [
    schemaNameProblem(schema),
    ...duplicates(shapes.map(({ name }) => name)).map((name) => `Table "${name}" is described twice.`),
    ...shapes.flatMap(({ name, columns }) => [
      tableNameProblem(name),
      ...columns.map((column) => identifierProblem(column.name)),
      ...duplicates(columns.map((column) => column.name)).map((column) => `Table "${name}" has the column "${column}" twice.`),
    ]),
  ].filter((problem) => problem !== null);
  if (problems.length > 0) throw new ShapeInvalidError(problems);
}

const duplicates = (names: readonly string[]): string[] => [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
