export const REPEAT_INSTRUMENT = 'redcap_repeat_instrument';
export const REPEAT_INSTANCE = 'redcap_repeat_instance';

/** Names that are freed of spaces at both ends before anything looks at them. */
export const TRIMMED_COLUMNS: readonly string[] = ['pi_firstname', 'pi_lastname'];

export const REVIEWER_PREFIX = 'reviewer_name_';

/** A checkbox field `f` is exported as one column per choice: `f___1`, `f___2` and so on. */
export const CHECKBOX_SEPARATOR = '___';

export function isCheckbox(column: string): boolean {
  return column.includes(CHECKBOX_SEPARATOR);
}

/** The field that a checkbox column belongs to. */
export function checkboxBase(column: string): string {
  return column.slice(0, column.indexOf(CHECKBOX_SEPARATOR));
}
