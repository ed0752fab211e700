/** A table as the database has it. Types are written as SQL writes them. */
export interface TableDescription {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly isNullable: boolean }[];
}
