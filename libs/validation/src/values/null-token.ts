const NULL_TOKENS: ReadonlySet<string> = new Set(['', 'na', 'n/a', 'none', 'null', '.']);
const LONGEST_TOKEN = 4;

/** Whether a cell says that there is no value: empty, `na`, `n/a`, `none`, `null` or `.`, in any letter case, with white space around. */
export function isNullToken(text: string): boolean {
  const trimmed = text.trim();
  return trimmed.length <= LONGEST_TOKEN && NULL_TOKENS.has(trimmed.toLowerCase());
}
