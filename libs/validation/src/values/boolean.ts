const WORDS: ReadonlyMap<string, string> = new Map([
  ['true', 'true'],
  ['yes', 'true'],
  ['false', 'false'],
  ['no', 'false'],
]);

/** `true`, `false`, `yes` or `no` in any letter case, without white space; `1`, `0` and `t` are none. */
export const parseBoolean = (text: string): string | undefined => WORDS.get(text.toLowerCase());
