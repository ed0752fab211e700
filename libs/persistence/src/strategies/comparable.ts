import type { CatalogColumn } from '../catalog/catalog';

/** A value of a column so that `=` and `is distinct from` tell it from others exactly (see `Comparison`). */
export function comparable({ comparison }: Pick<CatalogColumn, 'comparison'>, value: string): string {
  switch (comparison) {
    case 'plain':
      return value;
    case 'binary':
      return `${value} collate "C"`;
    case 'text':
      return `${value}::text collate "C"`;
  }
}
