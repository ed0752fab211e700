import { Catalog, qualifiedName, quoteIdentifier, type CatalogColumn, type Warehouse } from '@app/persistence';
import { RulesDoNotFitError, type References } from '@app/validation';

/** Looks up values in the tables of a schema, for rules that refer to them. */
export class TableReferences implements References {
  private readonly catalog: Catalog;

  constructor(
    private readonly warehouse: Warehouse,
    private readonly schema: string,
  ) {
    this.catalog = new Catalog(warehouse);
  }

  async has(table: string, column: string): Promise<boolean> {
    return (await this.catalog.find(this.schema, table))?.columns.some(({ name }) => name === column) ?? false;
  }

  /** @throws {RulesDoNotFitError} when there is no such column */
  async findMissing(table: string, column: string, values: readonly string[]): Promise<ReadonlySet<string>> {
    await this.columns(table, [column]);
    const { rows } = await this.warehouse.query<{ value: string }>(
      `select value from unnest($1::text[]) as value
        where value not in (select ${quoteIdentifier(column)}::text from ${qualifiedName(this.schema, table)} where ${quoteIdentifier(column)}::text = any ($1::text[]))`,
      [values],
    );
    return new Set(rows.map(({ value }) => value));
  }

  /**
   * Those of the keys that a row of the table has in these columns. A key is the JSON text of its values' array; it is compared
   * as the column's type writes it. @throws {RulesDoNotFitError} when there is no such column
   */
  async presentKeys(table: string, columns: readonly string[], keys: readonly string[]): Promise<ReadonlySet<string>> {
    const equal = (await this.columns(table, columns)).map(
      ({ name, type }, index) => `t.${quoteIdentifier(name)}::text = (k.key::json ->> ${index})::${type}::text`,
    );
    const { rows } = await this.warehouse.query<{ key: string }>(
      `select distinct k.key from unnest($1::text[]) as k (key) join ${qualifiedName(this.schema, table)} t on ${equal.join(' and ')}`,
      [keys],
    );
    return new Set(rows.map(({ key }) => key));
  }

  private async columns(table: string, names: readonly string[]): Promise<readonly CatalogColumn[]> {
    const found = await this.catalog.find(this.schema, table);
    return names.map((name) => {
      const column = found?.columns.find((candidate) => candidate.name === name);
      if (!column) throw new RulesDoNotFitError(table, [`reference names "${name}"`]);
      return column;
    });
  }
}
