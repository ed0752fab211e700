import { type Compiled, compileExpression, ExpressionTypeError } from './expression-to-sql';
import type { IncludedRow } from './included-rows';
import { locate } from './mapping-file';
import type { RecordScope } from './record-scope';

/** Adds every generated id to the scope, once per target column, and gives their names. Faults are added to the list. */
export function addIdentifiers(rows: readonly IncludedRow[], scope: RecordScope, dataNames: readonly string[], faults: string[]): string[] {
  const targets = new Map<string, { table: string; components: Compiled[] }>();
  for (const row of rows) {
    if (row.parsed.kind !== 'generate-id') continue;
    if (dataNames.includes(row.column)) faults.push(`${locate(row)}: the generated id has the name of a column of the data`);
    if (targets.has(row.column)) continue;
    const components = compileComponents(row, row.parsed.parts, scope, faults);
    if (components) targets.set(row.column, { table: row.table, components });
  }
  // Only now: an id is made from the data, never from another id.
  for (const [target, { table, components }] of targets) scope.addIdentifier(table, target, components);
  return [...targets.keys()];
}

type Parts = Extract<IncludedRow['parsed'], { kind: 'generate-id' }>['parts'];

function compileComponents(row: IncludedRow, parts: Parts, scope: RecordScope, faults: string[]): Compiled[] | null {
  try {
    return parts.map((part) => compileExpression(part, scope));
  } catch (error) {
    if (!(error instanceof ExpressionTypeError)) throw error;
    faults.push(`${locate(row)}: in ${JSON.stringify(row.expression)}, ${error.message}`);
    return null;
  }
}
