import { z } from 'zod';
import type { AccessLogReading } from './drop-config';
import { isLinearPattern } from './linear-pattern';

/** Common to servers: address, two identities, time, request, status, size, referrer, user agent; some add how long it took. */
const COMBINED = String.raw`^([^ ]*) ([^ ]*) ([^ ]*) \[([^\]]*)\] "(.*)" ([^ ]*) ([^ ]*) "([^"]*)" "(.*)"`;
const CELLS = String.raw`\1|\2|\3|\4|\5|\6|\7|\8|\9|`;
const DEFAULT_EXPRESSIONS = [
  { pattern: `${COMBINED}$`, replace: CELLS },
  { pattern: `${COMBINED} (.*)$`, replace: String.raw`${CELLS}\10` },
];
/** A bar in a line would be taken for the end of a cell. */
const DEFAULT_ESCAPE = { pattern: '|', replace: '%7C' };
const REFERRER_GROUP = 8;
const USER_AGENT_GROUP = 9;

const group = z.int().positive();

/** How the lines of a web server's log are read. Old configurations have `access_log_parse` only, which is enough. */
export const accessLogKeys = {
  parser: z.enum(['delimited', 'access_log']).optional(),
  access_log_parse: z
    .strictObject({
      string_repl: z
        .strictObject({ pattern: z.string().min(1), replace: z.string() })
        .nullable()
        .optional(),
      regexs: z
        .array(
          z.strictObject({
            pattern: z.string().min(1).refine(isLinearPattern, 'is not a regular expression without look-around'),
            replace: z.string(),
          }),
        )
        .min(1)
        .default(DEFAULT_EXPRESSIONS),
      referrer_group: group.default(REFERRER_GROUP),
      user_agent_group: group.default(USER_AGENT_GROUP),
      // Rows are never written out as lines again; the second was never read.
      linefeed: z.string().optional(),
      ua_parse: z.unknown().optional(),
    })
    .optional(),
  asset_scheme_and_authority: z.string().optional(),
};

type AccessLogKeys = z.output<z.ZodObject<typeof accessLogKeys>>;

export function accessLogReading({
  parser,
  access_log_parse: keys,
  asset_scheme_and_authority: site,
}: AccessLogKeys): AccessLogReading | null {
  if (parser === 'delimited' || (parser === undefined && keys === undefined)) return null;
  return {
    escape: keys?.string_repl === undefined ? DEFAULT_ESCAPE : keys.string_repl,
    expressions: keys?.regexs ?? DEFAULT_EXPRESSIONS,
    referrerGroup: keys?.referrer_group ?? REFERRER_GROUP,
    userAgentGroup: keys?.user_agent_group ?? USER_AGENT_GROUP,
    site: site ?? null,
  };
}
