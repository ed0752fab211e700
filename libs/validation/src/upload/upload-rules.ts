import type { Check, DeclaredRule } from '../rule';
import type { TableDescription } from '../table-description';

/** Tables, in lower case, with conventions of their own. */
const CTSAS = 'ctsas';
const STUDY_SITES = 'studysites';
const PROPOSAL_ID = 'proposalid';
/** Uploads of study sites with fewer columns may not leave a cell blank. */
const STUDY_SITES_MIN_COLUMNS = 4;

const MUST_HAVE_A_VALUE = '{place} must have a value';

/** The rules that hold for every upload, besides those of the columns' types. `key` are the columns whose rows are replaced. */
export function uploadRules(
  table: TableDescription,
  header: readonly string[],
  key: readonly string[],
  columns: readonly string[],
): readonly DeclaredRule[] {
  const notNull = table.columns.filter(({ name, isNullable }) => !isNullable && columns.includes(name)).map(({ name }) => name);
  return [
    { ...rule('not-null', MUST_HAVE_A_VALUE, notNull, 'null'), endsValidation: true },
    rule(
      'key',
      MUST_HAVE_A_VALUE,
      key.filter((name) => !notNull.includes(name)),
      'null',
    ),
    rule('blank', '{place} is blank', mayBeBlank(table, header) ? [] : header, 'blank'),
    ...sameProposal(table, header),
  ];
}

const rule = (id: string, message: string, columns: readonly string[], kind: 'null' | 'blank'): DeclaredRule => ({
  id,
  severity: 'error',
  message,
  columns,
  compile: (context) => columns.map((name): Check => ({ kind, column: context.indexOf(name) })),
});

function mayBeBlank({ name }: TableDescription, header: readonly string[]): boolean {
  const table = name.toLowerCase();
  return table !== CTSAS && (table !== STUDY_SITES || header.length >= STUDY_SITES_MIN_COLUMNS);
}

/** A file of study sites is about one proposal. Compared as typed; the first row sets it, even when it is empty. */
function sameProposal(table: TableDescription, header: readonly string[]): readonly DeclaredRule[] {
  const column = header.find((name) => name.toLowerCase() === PROPOSAL_ID);
  if (table.name.toLowerCase() !== STUDY_SITES || column === undefined) return [];
  const compile: DeclaredRule['compile'] = (context) => {
    const index = context.indexOf(column);
    let first: string | undefined;
    const accepts = (_row: unknown, texts: readonly string[]): boolean => (texts[index] ?? '') === (first ??= texts[index] ?? '');
    return [{ kind: 'row', column: index, accepts }];
  };
  const message = "For Study Sites uploads, ensure all proposal ID's match";
  return [{ id: 'same-proposal', severity: 'error', message, columns: [column], endsValidation: true, compile }];
}
