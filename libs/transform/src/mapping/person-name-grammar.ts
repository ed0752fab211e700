export interface PersonName {
  readonly first: string | null;
  readonly last: string | null;
}

/** Words that stand for nobody: both names are the word, and a text that begins with one is nothing else. */
const PLACEHOLDERS = ['unknown', 'Pending'];

const TITLES = ['MD', 'M.D.', 'PhD', 'MPH', 'MBBCH', 'MSCE'];

const NAME = /[A-Za-z]+[a-z]+(-[A-Za-z]+[a-z]+)?/y;
const INITIAL = /[A-Za-z]\.?/y;
const NICKNAME = /\([A-Za-z]+[a-z]+(-[A-Za-z]+[a-z]+)?\)/y;

/** A parsed name and the position behind it. */
interface Reading extends PersonName {
  readonly end: number;
}

/**
 * The grammar of person names, a compatibility surface: of several readings the longest is taken without a look at what
 * follows, so some well-formed names do not match.
 */
export class PersonNameGrammar {
  constructor(private readonly text: string) {}

  /** The names when the whole text matches. */
  parse(): PersonName | null {
    const placeholder = PLACEHOLDERS.find((word) => this.text.startsWith(word));
    const reading = placeholder ? { first: placeholder, last: placeholder, end: placeholder.length } : this.person(0);
    return reading && reading.end === this.text.length ? { first: reading.first, last: reading.last } : null;
  }

  private person(start: number): Reading | null {
    const addressed = this.text.startsWith('Dr. ', start) ? this.person(start + 'Dr. '.length) : null;
    if (addressed) return addressed;
    const full = this.fullName(start);
    return full && { ...full, end: this.ending(full.end) };
  }

  private fullName(start: number): Reading | null {
    const first = longer(this.match(INITIAL, start), this.match(NAME, start));
    const last = this.match(NAME, start);
    const readings = [
      ...(first === null ? [] : [this.firstMiddleLast(start, first), this.firstLast(start, first, first)]),
      ...(last === null ? [] : [this.lastFirst(start, last), { first: null, last: this.text.slice(start, last), end: last }]),
    ];
    return readings.reduce((best, reading) => (reading && (!best || reading.end > best.end) ? reading : best), null);
  }

  private firstMiddleLast(start: number, first: number): Reading | null {
    const position = this.literal(' ', first);
    if (position === null) return null;
    const middle = this.match(NICKNAME, position) ?? longer(this.match(INITIAL, position), this.match(NAME, position));
    return middle === null ? null : this.firstLast(start, first, middle);
  }

  /** A space and the last name from `position` on; the first name ends at `first`. */
  private firstLast(start: number, first: number, position: number): Reading | null {
    const lastStart = this.literal(' ', position);
    const end = lastStart === null ? null : this.match(NAME, lastStart);
    if (lastStart === null || end === null) return null;
    return { first: this.text.slice(start, first), last: this.text.slice(lastStart, end), end };
  }

  private lastFirst(start: number, last: number): Reading | null {
    const firstStart = this.literal(', ', last);
    if (firstStart === null) return null;
    const end = longer(this.match(INITIAL, firstStart), this.match(NAME, firstStart));
    return end === null ? null : { first: this.text.slice(firstStart, end), last: this.text.slice(start, last), end };
  }

  /** Any number of titles, then at most one space. */
  private ending(start: number): number {
    const titleStart = this.literal(', ', start) ?? this.literal(' ', start);
    const title = titleStart && TITLES.find((candidate) => this.text.startsWith(candidate, titleStart));
    if (title) return this.ending(titleStart + title.length);
    return this.literal(' ', start) ?? start;
  }

  private literal(literal: string, position: number): number | null {
    return this.text.startsWith(literal, position) ? position + literal.length : null;
  }

  private match(pattern: RegExp, position: number): number | null {
    pattern.lastIndex = position;
    return pattern.test(this.text) ? pattern.lastIndex : null;
  }
}

function longer(a: number | null, b: number | null): number | null {
  return b !== null && (a === null || b > a) ? b : a;
}
