import { linearPattern, type AccessLogReading, type LinearPattern } from '@app/platform';

/** What an expression made of a line, and the groups it was made of; the first is the whole match. */
export interface Rewritten {
  readonly text: string;
  readonly groups: readonly string[];
}

interface Expression {
  readonly pattern: LinearPattern;
  readonly replace: string;
}

/** Rewrites lines by the first expression that matches, as Python's `re.subn` does: all matches, and what is between them stays. */
export class Rewriter {
  private readonly expressions: readonly Expression[];

  constructor({ expressions }: Pick<AccessLogReading, 'expressions'>) {
    this.expressions = expressions.map(({ pattern, replace }) => ({ pattern: linearPattern(pattern), replace }));
  }

  /** Null for a line that none matches. */
  of(line: string): Rewritten | null {
    for (const { pattern, replace } of this.expressions) {
      const found = pattern.matcher(line);
      let groups: string[] | null = null;
      let text = '';
      let end = 0;
      while (found.find()) {
        const own = Array.from({ length: found.groupCount() + 1 }, (_, index) => found.group(index) ?? '');
        groups ??= own;
        text += line.slice(end, found.start()) + filled(replace, own);
        end = found.end();
      }
      if (groups) return { text: text + line.slice(end), groups };
    }
    return null;
  }
}

/** `\1` and `\g<1>` stand for what a group matched. */
const filled = (replace: string, groups: readonly string[]): string =>
  replace.replace(/\\(?:(\d{1,2})|g<(\d{1,2})>)/g, (_, short?: string, long?: string) => groups[Number(short ?? long)] ?? '');
