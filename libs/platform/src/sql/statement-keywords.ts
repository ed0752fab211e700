import { lexicon, type SqlDialect } from './sql-lexicon';

/** The first word of every statement of a script in order, in lower case; nothing for statements that begin with something else. */
export function statementKeywords(text: string, dialect: SqlDialect = 'postgres'): readonly string[] {
  let plain = '';
  let position = 0;
  for (const { kind, start, end } of lexicon(text, dialect)) {
    plain += `${text.slice(position, start)}${kind === 'comment' ? ' ' : '"'}`;
    position = end;
  }
  return `${plain}${text.slice(position)}`.split(';').flatMap((statement) => /^[\s(]*([a-z]+)/i.exec(statement)?.[1]?.toLowerCase() ?? []);
}
