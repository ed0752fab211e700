import type { TableShape } from '@app/platform';

/** Who reviewed, by organization; filled from the `reviewer_name_*` fields. */
export const REVIEWER_TABLE: TableShape = {
  name: 'reviewer_organization',
  columns: [
    { name: 'reviewer', type: 'string' },
    { name: 'organization', type: 'string' },
  ],
};

/** Labels of coded values; filled from the data dictionary. */
export const NAME_TABLE: TableShape = {
  name: 'name',
  columns: ['table', 'column', 'index', 'id', 'description'].map((name) => ({ name, type: 'string' })),
};
