import type { FileRelation } from '../plan';
import type { StreamInput } from '../transform';
import type { StepRelation } from './step';

export interface StagedRelation extends StepRelation {
  readonly files: FileRelation;
}

/** A stream as its source wrote it: every cell is read as text, and each step reads the columns that it computes with. */
export function stagedRelation({ files, columns, types }: StreamInput, index: number): StagedRelation {
  const relation: FileRelation = {
    kind: 'files',
    name: `staged_${index}`,
    files,
    columns: columns.map((source, position) => ({ source, name: `c${position}`, type: 'string' })),
  };
  return {
    relation: relation.name,
    files: relation,
    columns: columns.map((name, position) => {
      const column = `c${position}`;
      return { name, sql: column, type: types.get(name) ?? 'string', text: { files: relation, column } };
    }),
  };
}
