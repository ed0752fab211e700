/** Where a visitor came from. */
export interface Referrer {
  /** Such as `Google`; empty when it is not known. */
  readonly source: string;
  readonly medium: 'search' | 'social' | 'email' | 'internal' | 'unknown';
}

type Known = readonly [source: string, medium: Referrer['medium'], host: RegExp];

/** Those that most visitors come from. The first whose host matches counts, mail services before their search engines. */
const KNOWN: readonly Known[] = [
  ['Gmail', 'email', /^mail\.google\./],
  ['Yahoo! Mail', 'email', /(^|\.)mail\.yahoo\./],
  ['Outlook.com', 'email', /^(outlook\.live|outlook\.office(365)?|.*\.mail\.live)\.com$/],
  ['AOL Mail', 'email', /^mail\.aol\.com$/],
  ['Proton Mail', 'email', /^mail\.proton\.me$/],
  ['Google', 'search', /^(www\.)?google\.[a-z.]{2,6}$/],
  ['Bing', 'search', /(^|\.)bing\.com$/],
  ['Yahoo!', 'search', /(^|\.)search\.yahoo\.|^(www\.)?yahoo\.[a-z.]{2,6}$/],
  ['DuckDuckGo', 'search', /(^|\.)duckduckgo\.com$/],
  ['Baidu', 'search', /(^|\.)baidu\.com$/],
  ['Yandex', 'search', /(^|\.)(yandex\.[a-z.]{2,6}|ya\.ru)$/],
  ['Ecosia', 'search', /(^|\.)ecosia\.org$/],
  ['Brave', 'search', /^search\.brave\.com$/],
  ['Startpage', 'search', /(^|\.)startpage\.com$/],
  ['Qwant', 'search', /(^|\.)qwant\.com$/],
  ['Ask', 'search', /(^|\.)ask\.com$/],
  ['AOL', 'search', /^search\.aol\./],
  ['Naver', 'search', /(^|\.)naver\.com$/],
  ['Facebook', 'social', /(^|\.)(facebook\.com|fb\.me)$/],
  ['Instagram', 'social', /(^|\.)instagram\.com$/],
  ['Twitter', 'social', /^((www|mobile)\.)?(twitter|x)\.com$|^t\.co$/],
  ['LinkedIn', 'social', /(^|\.)(linkedin\.com|lnkd\.in)$/],
  ['Reddit', 'social', /(^|\.)reddit\.com$/],
  ['Pinterest', 'social', /(^|\.)pinterest\.[a-z.]{2,6}$/],
  ['YouTube', 'social', /(^|\.)(youtube\.com|youtu\.be)$/],
  ['TikTok', 'social', /(^|\.)tiktok\.com$/],
  ['WeChat', 'social', /(^|\.)(wechat|weixin\.qq)\.com$/],
];
const UNKNOWN: Referrer = { source: '', medium: 'unknown' };

/** @param site address of the site whose log it is, whose own pages are `internal` */
export function referrerOf(address: string, site: string | null): Referrer {
  const host = hostOf(address);
  if (host === null) return UNKNOWN;
  if (site !== null && host === hostOf(site)) return { source: '', medium: 'internal' };
  const [source, medium] = KNOWN.find(([, , pattern]) => pattern.test(host)) ?? [];
  return source === undefined || medium === undefined ? UNKNOWN : { source, medium };
}

/** Null for what is no address of the web. */
function hostOf(address: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.hostname : null;
}
