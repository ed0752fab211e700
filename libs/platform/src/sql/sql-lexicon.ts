import type { DatabaseDialect } from '../database/connection';

/** Whose rules decide what is a literal or a comment. */
export type SqlDialect = DatabaseDialect | 'duckdb';

/** A stretch of a statement that is not plain text. `escape` is the `\:` of a `\:word`. */
export interface SqlToken {
  readonly kind: 'parameter' | 'escape' | 'quoted' | 'comment';
  readonly start: number;
  readonly end: number;
}

// A doubled quote ends one literal and begins the next, which scans the same. What is never closed reaches to the end.
const QUOTED = String.raw`'[^']*(?:'|$)|"[^"]*(?:"|$)`;
const BACKSLASH_TEXT = String.raw`'(?:[^'\\]|\\[^]?)*(?:'|$)`;
const BACKSLASH_QUOTED = String.raw`${BACKSLASH_TEXT}|"(?:[^"\\]|\\[^]?)*(?:"|$)`;
const BACKTICKS = '`[^`]*(?:`|$)';
const BRACKETS = String.raw`\[[^\]]*(?:\]|$)`;
const WORD = String.raw`[\p{L}\p{N}_]`;
const ESCAPE_STRING = String.raw`(?<!${WORD})[eE]${BACKSLASH_TEXT}`;
const DOLLAR_QUOTED = String.raw`(?<![\p{L}\p{N}_$])\$(?<tag>(?:[\p{L}_]${WORD}*)?)\$[^]*?(?:\$\k<tag>\$|$)`;
const ORACLE_QUOTED = String.raw`(?<!${WORD})[nN]?[qQ]'(?:\[[^]*?(?:\]'|$)|\{[^]*?(?:\}'|$)|\([^]*?(?:\)'|$)|<[^]*?(?:>'|$)|(?<mark>[^\s\[{(<])[^]*?(?:\k<mark>'|$))`;

interface Rules {
  readonly quoted: readonly string[];
  readonly lineComment: string;
  readonly commentsNest: boolean;
}

const LINE_COMMENT = '--[^\\n]*';
const POSTGRES: Rules = { quoted: [ESCAPE_STRING, QUOTED, DOLLAR_QUOTED], lineComment: LINE_COMMENT, commentsNest: true };
const MYSQL: Rules = {
  quoted: [BACKSLASH_QUOTED, BACKTICKS],
  // Two dashes begin a comment only before a blank: 5--3 is a sum.
  lineComment: String.raw`--(?=\s|$)[^\n]*|#[^\n]*`,
  commentsNest: false,
};
const RULES: Readonly<Record<SqlDialect, Rules>> = {
  postgres: POSTGRES,
  duckdb: POSTGRES,
  mysql: MYSQL,
  mariadb: MYSQL,
  sqlite: { quoted: [QUOTED, BACKTICKS, BRACKETS], lineComment: LINE_COMMENT, commentsNest: false },
  mssql: { quoted: [QUOTED, BRACKETS], lineComment: LINE_COMMENT, commentsNest: true },
  oracle: { quoted: [ORACLE_QUOTED, QUOTED], lineComment: LINE_COMMENT, commentsNest: false },
};

/** The tokens of a statement in order; what lies between them is plain text. */
export function* lexicon(text: string, dialect: SqlDialect): Generator<SqlToken> {
  const { quoted, lineComment, commentsNest } = RULES[dialect];
  const token = new RegExp(
    String.raw`(?<quoted>${quoted.join('|')})|(?<comment>${lineComment})|(?<block>/\*)|(?<escape>\\:(?=${WORD}))|(?<parameter>(?<![\p{L}\p{N}_:\\]):${WORD}+)`,
    'gu',
  );
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const { block, quoted: literal, comment, escape } = match.groups ?? {};
    if (block !== undefined) token.lastIndex = blockCommentEnd(text, match.index, commentsNest);
    const kind =
      block !== undefined || comment !== undefined
        ? 'comment'
        : literal !== undefined
          ? 'quoted'
          : escape !== undefined
            ? 'escape'
            : 'parameter';
    yield { kind, start: match.index, end: token.lastIndex };
  }
}

function blockCommentEnd(text: string, start: number, nests: boolean): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start + 2;
  let depth = 1;
  for (let match = mark.exec(text); match; match = mark.exec(text)) {
    if (match[0] === '*/') depth -= 1;
    else if (nests) depth += 1;
    if (depth === 0) return mark.lastIndex;
  }
  return text.length;
}
