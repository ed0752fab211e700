import { AppError } from '@app/platform';

/** The warehouse does not answer, or its server is stopping. The work was rolled back; the same work may be tried again. */
export class WarehouseUnavailableError extends AppError {
  readonly code = 'warehouse-unavailable';
  override readonly retryable = true;
  constructor(sqlstate: string) {
    super('The warehouse database could not be reached; check that it runs and accepts connections.', { sqlstate });
  }
}

/** Another transaction held what this one needed, or the server chose this one to end a deadlock. Rolled back. */
export class WarehouseBusyError extends AppError {
  readonly code = 'lock-not-available';
  override readonly retryable = true;
  constructor(sqlstate: string) {
    super(`Another transaction kept the tables of the warehouse busy (SQLSTATE ${sqlstate}); the work can be tried again.`, { sqlstate });
  }
}

/** PostgreSQL refused a statement or a row. Names places only; the server's own words quote values and are left out. */
export class LoadFailedError extends AppError {
  readonly code = 'load-failed';
}

/** A table's names cannot be used as they are. Lists every problem. */
export class ShapeInvalidError extends AppError {
  readonly code = 'definition-invalid';
  constructor(problems: readonly string[]) {
    super(`The tables cannot be created as described. ${problems.join(' ')}`, { problems });
  }
}

/** Staged columns that the target does not have, all of them. */
export class CatalogMismatchError extends AppError {
  readonly code = 'catalog-mismatch';
  constructor(schema: string, columns: readonly string[]) {
    super(`Schema "${schema}" has no column for ${columns.join(', ')}; add the columns or take them out of the pipeline.`, {
      schema,
      columns,
    });
  }
}

/** The staged rows are not those that were sealed: their number differs. */
export class StagedRowsDifferError extends AppError {
  readonly code = 'staging-corrupt';
  constructor(table: string, sealed: number, found: number) {
    super(`Table "${table}" was staged with ${sealed} rows, but ${found} arrived; run its transform again.`, { table, sealed, found });
  }
}

/** A publication would remove more rows than is plausible. Nothing was written. */
export class ShrinkRefusedError extends AppError {
  readonly code = 'shrink-refused';
  constructor(tables: readonly { readonly table: string; readonly from: number; readonly to: number }[]) {
    const list = tables.map(({ table, from, to }) => `"${table}" from ${from} to ${to} rows`).join(', ');
    super(`Nothing was published, because it would shrink ${list}. If that is right, run again with allowShrink.`, { tables });
  }
}

/** Something newer of the same series is published already. Nothing was written; trying again cannot help. */
export class SupersededError extends AppError {
  readonly code = 'superseded';
  constructor(series: string, position: string, published: string) {
    super(`Nothing of ${series} was published, because it stands at ${position} and ${published} is published already.`, {
      series,
      position,
      published,
    });
  }
}
