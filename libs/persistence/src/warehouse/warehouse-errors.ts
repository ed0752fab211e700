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

/** What a strategy needs of its tables and does not have. Lists every problem. */
export class StrategyInvalidError extends AppError {
  readonly code = 'definition-invalid';
  constructor(problems: readonly string[]) {
    super(problems.join(' '), { problems });
  }
}

/** Staged columns that the target does not have, and those of another type, all of them. */
export class CatalogMismatchError extends AppError {
  readonly code = 'catalog-mismatch';
  constructor(schema: string, columns: readonly string[], mismatched: readonly string[] = []) {
    const absent = `Schema "${schema}" has no column for ${columns.join(', ')}; add the columns or take them out of the pipeline.`;
    const different = `Columns of schema "${schema}" cannot hold what is staged for them: ${mismatched.join(', ')}.`;
    super([columns.length > 0 ? absent : null, mismatched.length > 0 ? different : null].filter((part) => part !== null).join(' '), {
      schema,
      columns,
      mismatched,
    });
  }
}

/** A strategy that never makes tables found none, or one without what it works by. */
export class TableMissingError extends AppError {
  readonly code = 'catalog-mismatch';
  constructor(schema: string, tables: readonly string[]) {
    const list = tables.map((table) => `"${schema}"."${table}"`).join(', ');
    super(`The warehouse has no table ${list}, and this strategy does not make it.`, { schema, tables });
  }
}

/** No index of the table has exactly these keys, so they do not tell its rows apart. */
export class KeyMissingError extends AppError {
  readonly code = 'catalog-mismatch';
  constructor(table: string, keys: readonly string[]) {
    const list = keys.map((key) => `"${key}"`).join(', ');
    super(`Table "${table}" has no primary key and no unique index over exactly ${list}; add one or choose other keys.`, { table, keys });
  }
}

/** Rows and keys that a source gave at one moment do not belong together, so nobody can tell which rows are gone. */
export class SourceKeysDifferError extends AppError {
  readonly code = 'load-unproven';
  constructor(table: string, keys: readonly string[], rows: number) {
    const list = keys.map((key) => `"${key}"`).join(', ');
    super(
      `Nothing was published: ${rows} rows for table "${table}" have keys that their source does not list. A transform that comes with ` +
        `deletes has to leave ${list} as the source has it and may add no rows; compute keys in the query of the source.`,
      { table, keys, rows },
    );
  }
}

/** Published rows are not the staged ones. Everything was rolled back. */
export class LoadUnprovenError extends AppError {
  readonly code = 'load-unproven';
  constructor(table: string, staged: string, published: string) {
    super(`Nothing was published, because the rows of table "${table}" are not those that were staged.`, { table, staged, published });
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

/** Rows that continue from a watermark at which the series does not stand any more. Nothing was written; trying again cannot help. */
export class WatermarkMovedError extends AppError {
  readonly code = 'superseded';
  constructor(series: string) {
    super(`Nothing of ${series} was published, because another run of it was published since this one read its rows. Start a new run.`, {
      series,
    });
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
