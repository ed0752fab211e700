import type { SpooledFile } from './content/spooled-file';

/** `column`: instead of the rows that have the same value in this column. */
export type UploadMode = { readonly kind: 'append' } | { readonly kind: 'replace' } | { readonly kind: 'column'; readonly column: string };

/** What a person sent for a table. Nothing of it has been looked at. */
export interface Upload {
  readonly table: string;
  readonly mode: UploadMode;
  readonly file: SpooledFile;
  /** `text/csv` or `application/json`; anything else is refused. */
  readonly contentType: string;
  /** Text of a JSON object: additional columns and the value that every row gets there. */
  readonly additional: string;
  /** Whether the first CSV record is a comment. */
  readonly hasComments: boolean;
}

const SITE_ID = 'siteId';
const PROPOSAL_ID = 'ProposalID';
const PARTNERS: Readonly<Record<string, string>> = { [SITE_ID]: PROPOSAL_ID, [PROPOSAL_ID]: SITE_ID };

/** The columns that tell which rows a column update replaces: a site within a proposal where the upload has both, else the column alone. */
export function keyOf(mode: UploadMode, columns: readonly string[]): readonly string[] {
  if (mode.kind !== 'column') return [];
  const partner = PARTNERS[mode.column];
  return partner !== undefined && columns.includes(partner) ? [mode.column, partner] : [mode.column];
}
