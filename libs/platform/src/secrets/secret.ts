import { inspect } from 'node:util';

/** Stands wherever a secret would have stood. */
export const REDACTED = '[redacted]';

/** Shorter values occur in ordinary words; replacing them would destroy texts without hiding anything. */
const MIN_SCRUBBED_LENGTH = 4;
/** Tokens rotate; the value revealed first is forgotten beyond this many. */
const MAX_REVEALED_SECRETS = 1000;

const revealed = new Set<string>();
/** Undefined after a change of `revealed`, null when nothing is worth scrubbing. */
let revealedPattern: RegExp | null | undefined;

/**
 * A value that shows itself only on request: in text, JSON and `console.log` it is `[redacted]`.
 * What was revealed is remembered, so that {@link scrub} finds it in texts of others, such as errors of drivers.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself; call it where it is used, and keep it nowhere. */
  reveal(): string {
    remember(this.#value);
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/**
 * Replaces secrets by `[redacted]`, also where they stand percent-encoded, JSON-escaped or in Base64. Without `secrets`
 * it looks for everything this process has revealed, which is cheap enough for every log line.
 * Secrets shorter than 4 characters are left alone.
 */
export function scrub(text: string, secrets?: Iterable<Secret | string>): string {
  const pattern = secrets ? toPattern(secrets) : (revealedPattern ??= toPattern(revealed));
  return pattern ? text.replace(pattern, REDACTED) : text;
}

function remember(value: string): void {
  if (revealed.has(value)) return;
  revealed.add(value);
  const [oldest] = revealed;
  if (oldest !== undefined && revealed.size > MAX_REVEALED_SECRETS) revealed.delete(oldest);
  revealedPattern = undefined;
}

function toPattern(secrets: Iterable<Secret | string>): RegExp | null {
  const spellings = new Set<string>();
  for (const secret of secrets) {
    const value = secret instanceof Secret ? secret.reveal() : secret;
    if (value.length >= MIN_SCRUBBED_LENGTH) for (const spelling of spellingsOf(value)) spellings.add(spelling);
  }
  if (spellings.size === 0) return null;
  // Longest first: a secret that contains another one is replaced as a whole.
  const alternatives = [...spellings].sort((a, b) => b.length - a.length).map(escapePattern);
  return new RegExp(alternatives.join('|'), 'g');
}

function spellingsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  return [value, encodeURIComponent(bytes.toString()), JSON.stringify(value).slice(1, -1), bytes.toString('base64')];
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
