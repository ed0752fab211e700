import { Injectable } from '@nestjs/common';
import { Catalog, qualifiedName, quoteIdentifier, Warehouse } from '@app/persistence';
import { RulesDoNotFitError, type References } from '@app/validation';
import { UPLOAD_SCHEMA } from './load-upload.task';

/** Looks up values in tables of the warehouse, for rules that refer to them. */
@Injectable()
export class TableReferences implements References {
  constructor(
    private readonly warehouse: Warehouse,
    private readonly catalog: Catalog,
  ) {}

  /** @throws {RulesDoNotFitError} when there is no such column */
  async findMissing(table: string, column: string, values: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await this.catalog.find(UPLOAD_SCHEMA, table);
    if (!found?.columns.some(({ name }) => name === column)) throw new RulesDoNotFitError(table, [`reference names "${column}"`]);
    const { rows } = await this.warehouse.query<{ value: string }>(
      `select value from unnest($1::text[]) as value
        where value not in (select ${quoteIdentifier(column)}::text from ${qualifiedName(UPLOAD_SCHEMA, table)} where ${quoteIdentifier(column)}::text = any ($1::text[]))`,
      [values],
    );
    return new Set(rows.map(({ value }) => value));
  }
}
