const WHITE_SPACE = /[ \t\r\n]*/y;
const FIELD = /[A-Za-z_][A-Za-z0-9_]*/y;
const STRING = /"([^"]*)"/y;

/**
 * Reads tokens at a position that the parser moves. White space is skipped before every token; words are matched as
 * plain prefixes, so that a field may begin with one.
 */
export class Scanner {
  position = 0;
  /** The furthest position at which a token was asked for in vain: the best place to point at. */
  furthest = 0;

  constructor(private readonly text: string) {}

  word(word: string): boolean {
    this.skip();
    if (!this.text.startsWith(word, this.position)) return this.fail();
    this.position += word.length;
    return true;
  }

  field(): string | null {
    return this.match(FIELD)?.[0] ?? null;
  }

  string(): string | null {
    return this.match(STRING)?.[1] ?? null;
  }

  atEnd(): boolean {
    this.skip();
    return this.position === this.text.length || this.fail();
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    this.skip();
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (match) this.position = pattern.lastIndex;
    else this.fail();
    return match;
  }

  private skip(): void {
    WHITE_SPACE.lastIndex = this.position;
    WHITE_SPACE.exec(this.text);
    this.position = WHITE_SPACE.lastIndex;
  }

  private fail(): false {
    this.furthest = Math.max(this.furthest, this.position);
    return false;
  }
}
