import type { Finding } from '../finding';
import { closeMatch } from '../suggestions/close-match';
import { pythonList } from './python-list';

/**
 * What is wrong with the columns that an upload names; the first kind of fault that occurs is the whole answer.
 * `header` are those of the file, `additional` those given beside it, `columns` those of the table.
 */
export function checkHeader(header: readonly string[], additional: readonly string[], columns: readonly string[]): readonly Finding[] {
  const seen = new Set<string>();
  const repeated = header.filter((name) => seen.size === seen.add(name).size);
  if (repeated.length > 0) return [finding('duplicate-header', `Duplicate header(s) in upload ${pythonList(repeated)}`)];
  const given = new Set(additional);
  const twice = header.filter((name) => given.has(name));
  if (twice.length > 0) return [finding('duplicate-input', `Duplicate header(s) in input ${pythonList(twice)}`)];
  const known = new Set(columns);
  return [...header, ...additional]
    .filter((name) => !known.has(name))
    .map((name) => finding('undefined-header', undefinedHeader(name, columns), name));
}

function undefinedHeader(name: string, columns: readonly string[]): string {
  const suggestion = closeMatch(name, columns);
  return `Undefined header ${name}${suggestion === null ? '' : `. Did you mean ${suggestion}?`}`;
}

const finding = (rule: string, message: string, column: string | null = null): Finding => ({
  rule,
  severity: 'error',
  coordinates: null,
  row: null,
  column,
  message,
});
