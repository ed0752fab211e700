import { COLUMN_TYPES, type ColumnType } from '@app/platform';

/** Other names that documents use, those of the old platform's storage included. */
const ALIASES: ReadonlyMap<string, ColumnType> = new Map([
  ['str', 'string'],
  ['text', 'string'],
  ['object', 'string'],
  ['int', 'integer'],
  ['int64', 'integer'],
  ['double', 'float'],
  ['float64', 'float'],
  ['numeric', 'decimal'],
  ['bool', 'boolean'],
  ['datetime', 'timestamp'],
  ['datetime64[ns]', 'timestamp'],
  ['jsonb', 'json'],
]);

/** The type that a name in any letter case stands for; null when there is none. */
export function schemaTypeOf(name: string): ColumnType | null {
  const lower = name.trim().toLowerCase();
  return ALIASES.get(lower) ?? COLUMN_TYPES.find((type) => type === lower) ?? null;
}

/** Changes of type that keep every value. Everything may become text. */
const WIDER: Readonly<Partial<Record<ColumnType, readonly ColumnType[]>>> = {
  integer: ['decimal', 'float'],
  date: ['timestamp'],
};

export const isWidening = (from: ColumnType, to: ColumnType): boolean => to === 'string' || (WIDER[from]?.includes(to) ?? false);
