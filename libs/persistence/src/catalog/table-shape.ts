import type { TableShape } from '@app/platform';
import { ShapeInvalidError } from '../warehouse/warehouse-errors';
import { identifierProblem } from './identifier';

/** @throws {ShapeInvalidError} naming every duplicate table, duplicate column and unusable name at once */
export function assertUsable(schema: string, shapes: readonly TableShape[]): void {
  const problems = [
    identifierProblem(schema),
    ...duplicates(shapes.map(({ name }) => name)).map((name) => `Table "${name}" is described twice.`),
    ...shapes.flatMap(({ name, columns }) => [
      identifierProblem(name),
      ...columns.map((column) => identifierProblem(column.name)),
      ...duplicates(columns.map((column) => column.name)).map((column) => `Table "${name}" has the column "${column}" twice.`),
    ]),
  ].filter((problem) => problem !== null);
  if (problems.length > 0) throw new ShapeInvalidError(problems);
}

const duplicates = (names: readonly string[]): string[] => [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
