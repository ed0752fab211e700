import type { Column } from '@app/platform';

/** When a version began to hold: the instant of the publication that brought it. */
export const VALID_FROM = 'valid_from';
/** When it ceased to; the `valid_from` of the next version of its key, null for the current one. */
export const VALID_TO = 'valid_to';
export const IS_CURRENT = 'is_current';

/** What a table with history has beside the staged columns. */
export const SCD2_COLUMNS: readonly Column[] = [
  { name: VALID_FROM, type: 'timestamptz' },
  { name: VALID_TO, type: 'timestamptz' },
  { name: IS_CURRENT, type: 'boolean' },
];
