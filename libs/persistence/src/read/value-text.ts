import type { CatalogColumn } from '../catalog/catalog';
import { quoteIdentifier } from '../catalog/identifier';

/** From here on PostgreSQL writes an exponent, by type; Python does from 1e16 on. */
const EXPONENT_FROM: Readonly<Record<string, string>> = { 'double precision': '1e15', real: '1e6' };
const PYTHON_EXPONENT_FROM = '1e16';

/**
 * SQL for a column's value as Python prints it, null for null: `True`/`False`; floating point numbers as their shortest
 * round-trip text, `100000.0`, `1e+16`, `1e-05`, `nan`, `inf`. Every other type is as PostgreSQL prints it under ISO dates.
 */
export function valueText({ name, type }: CatalogColumn): string {
  const value = quoteIdentifier(name);
  if (type === 'boolean') return `case ${value} when true then 'True' when false then 'False' end`;
  const exponentFrom = EXPONENT_FROM[type];
  return exponentFrom === undefined ? `${value}::text` : floatText(value, exponentFrom);
}

function floatText(value: string, exponentFrom: string): string {
  const plain = `${value}::text`;
  const written = `${value}::text::numeric::text`;
  const withPoint = (text: string): string => `case when ${value} = trunc(${value}) then ${text} || '.0' else ${text} end`;
  return `case when abs(${value}) < ${exponentFrom} then ${withPoint(plain)}
    when abs(${value}) < ${PYTHON_EXPONENT_FROM} then ${withPoint(written)}
    when ${value} = 'NaN' then 'nan' when ${value} = 'Infinity' then 'inf' when ${value} = '-Infinity' then '-inf'
    else ${plain} end`;
}
