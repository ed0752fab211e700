import { AppError } from '@app/platform';
import { z } from 'zod';
import { quoteLiteral } from '../sql-text';

const MARK = 'tributary-refusal:';

const refusalSchema = z.object({
  finding: z.string(),
  what: z.string(),
  member: z.string(),
  column: z.string(),
  line: z.number().nullable(),
});

/** A cell that cannot be what the configuration says it is. Shows its place, never the cell. */
export class CellRefusedError extends AppError {
  readonly code = 'source-data-invalid';
  constructor({ finding, what, member, column, line }: z.output<typeof refusalSchema>) {
    const place = line === null ? '' : `line ${line}, `;
    super(`${finding}: member ${member}, ${place}column "${column}": ${what}.`, {
      finding,
      member,
      ...(line !== null && { line }),
      column,
    });
  }
}

export interface Refusal {
  readonly finding: 'BAD_DATE' | 'BAD_VALUE';
  readonly what: string;
  readonly member: string;
  readonly column: string;
}

/** SQL that ends the work when it is evaluated. @param line SQL of the line, which differs from row to row; null where there are none */
export function refuseRow(refusal: Refusal, line: string | null): string {
  const text = JSON.stringify(refusal).slice(0, -1);
  return `error(${quoteLiteral(`${MARK}${text},"line":`)} || ${line ?? `'null'`} || '}')`;
}

/** The refusal that an engine's error carries; null when it is about something else. */
export function rowRefusal(text: string): CellRefusedError | null {
  const json = /tributary-refusal:(\{[^\n]*?,"line":(?:\d+|null)\})/.exec(text)?.[1];
  return json === undefined ? null : new CellRefusedError(refusalSchema.parse(JSON.parse(json)));
}
