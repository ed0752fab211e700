import { RE2JS } from 're2js';

/** A regular expression that takes time in proportion to the text, whatever the text: for texts that strangers write. */
export type LinearPattern = RE2JS;

/** @throws for what such expressions lack, a look around and a repetition of a group's text within the pattern, and what is none at all */
export const linearPattern = (source: string): LinearPattern => RE2JS.compile(source);

export function isLinearPattern(source: string): boolean {
  try {
    linearPattern(source);
    return true;
  } catch {
    return false;
  }
}
