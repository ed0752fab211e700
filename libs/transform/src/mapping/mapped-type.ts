/** The column types of the mapping language: `text`, `int`, `boolean`, `date`, `float`. */
export type MappedType = 'string' | 'integer' | 'boolean' | 'date' | 'float';
