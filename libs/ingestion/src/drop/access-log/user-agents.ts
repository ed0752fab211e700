import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

/** A family such as `Windows` or `Chrome`, and as much of its version as is known. */
export interface Product {
  readonly family: string;
  /** Parts joined by dots; empty when there is none. */
  readonly version: string;
}

export interface UserAgent {
  readonly system: Product;
  readonly browser: Product;
}

/** Of what a client calls itself; browsers are known by far less, and strangers may write what they like. */
const AGENT_CHARS = 1024;
/** Few agents make most requests. */
const MAX_KNOWN_AGENTS = 10_000;
/** The data goes on with devices, which nobody asks for and which are two thirds of it. */
const DEVICES = '\ndevice_parsers:';
const UNKNOWN: Product = { family: 'Other', version: '' };

const text = z.string().optional();
const rulesSchema = z.object({
  user_agent_parsers: z.array(
    z.object({ regex: z.string(), family_replacement: text, v1_replacement: text, v2_replacement: text, v3_replacement: text }),
  ),
  os_parsers: z.array(
    z.object({
      ...{ regex: z.string(), regex_flag: text, os_replacement: text },
      ...{ os_v1_replacement: text, os_v2_replacement: text, os_v3_replacement: text },
    }),
  ),
});

interface Rule {
  readonly pattern: RegExp;
  /** Of the family and the parts of its version, with `$1` for what a group matched; by default the group of its place. */
  readonly parts: readonly (string | undefined)[];
}

/** Recognises user agents by the expressions that the community of `uap-core` maintains. */
export class UserAgents {
  private readonly known = new Map<string, UserAgent>();
  private readonly systems: readonly Rule[];
  private readonly browsers: readonly Rule[];

  constructor() {
    const [yaml = ''] = readFileSync(require.resolve('uap-core/regexes.yaml'), 'utf8').split(DEVICES, 1);
    const rules = rulesSchema.parse(parse(yaml));
    this.systems = rules.os_parsers.map((rule) => ({
      pattern: new RegExp(rule.regex, rule.regex_flag),
      parts: [rule.os_replacement, rule.os_v1_replacement, rule.os_v2_replacement, rule.os_v3_replacement],
    }));
    this.browsers = rules.user_agent_parsers.map((rule) => ({
      pattern: new RegExp(rule.regex),
      parts: [rule.family_replacement, rule.v1_replacement, rule.v2_replacement, rule.v3_replacement],
    }));
  }

  of(agent: string): UserAgent {
    const head = agent.slice(0, AGENT_CHARS);
    const known = this.known.get(head);
    if (known) return known;
    // A piece of a text keeps the whole text in memory, here a chunk of the log; a copy does not.
    const own = Buffer.from(head, 'utf16le').toString('utf16le');
    const found = { system: product(own, this.systems), browser: product(own, this.browsers) };
    if (this.known.size >= MAX_KNOWN_AGENTS) this.known.clear();
    this.known.set(own, found);
    return found;
  }
}

/** By the first expression that matches. */
function product(agent: string, rules: readonly Rule[]): Product {
  for (const { pattern, parts } of rules) {
    const match = pattern.exec(agent);
    if (!match) continue;
    const [family = '', ...version] = parts.map((part, index) => filled(part ?? `$${index + 1}`, match));
    const end = version.findIndex((part) => part === '');
    return { family, version: (end < 0 ? version : version.slice(0, end)).join('.') };
  }
  return UNKNOWN;
}

const filled = (part: string, match: RegExpExecArray): string =>
  part.replace(/\$([1-9])/g, (_, group: string) => match[Number(group)] ?? '').trim();
