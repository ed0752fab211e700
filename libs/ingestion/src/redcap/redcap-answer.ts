import type { FormAnswer } from '../http/post-form';
import { RequestTooLargeError, SourceDataInvalidError, SourceRefusedError, SourceUnavailableError } from '../source.errors';
import { type FlatRow, flatten, isObject, parseJson } from './flat-row';

/** What REDCap, PHP and proxies say, with any status, when one export is more than the server can make. */
const TOO_MUCH =
  /too much data|smaller amount of data|out of (?:server )?memory|allowed memory size|maximum execution time|request entity too large/i;
/** Such a message stands at the very beginning or, when the server died half way, at the very end. */
const MESSAGE_CHARS = 2_048;
const SHOWN_CHARS = 300;

/** The body of a successful answer; every other answer becomes the error it stands for. The token is scrubbed from REDCap's words. */
export function bodyOf(answer: FormAnswer, label: string, token: string): string {
  const { status, text } = answer;
  const head = text.slice(0, MESSAGE_CHARS).trimStart();
  if (status === 413 || (!head.startsWith('[') && TOO_MUCH.test(head))) {
    throw new RequestTooLargeError(label, 'the server could not make that much data at once');
  }
  const said = redcapMessage(text, token);
  const reason = `status ${status}${said === null ? '' : `, "${said}"`}`;
  if (status === 408 || status === 429 || status >= 500) throw new SourceUnavailableError(label, reason, answer.retryAfterMs);
  if (status < 200 || status > 299) throw new SourceRefusedError(label, reason);
  if (said !== null) throw new SourceDataInvalidError(`${label} was answered with an error: "${said}".`);
  if (head === '') throw new SourceDataInvalidError(`${label} was answered with an empty body.`, { retryable: true });
  if (head.startsWith('<')) throw new SourceDataInvalidError(`${label} was answered with an HTML page instead of data; check the address.`);
  return text;
}

/** Rows of a JSON body, flattened. A body cut short may be whole next time and is marked retryable. */
export function rowsOf(body: string, label: string): FlatRow[] {
  const parsed = parseBody(body, label);
  if (!Array.isArray(parsed)) throw new SourceDataInvalidError(`${label} was answered with JSON that is not a list.`);
  return parsed.map((row: unknown, index) => {
    if (!isObject(row)) throw new SourceDataInvalidError(`${label} was answered with a list whose row ${index + 1} is not an object.`);
    return flatten(row);
  });
}

function parseBody(body: string, label: string): unknown {
  try {
    return parseJson(body);
  } catch {
    if (TOO_MUCH.test(body.slice(-MESSAGE_CHARS))) throw new RequestTooLargeError(label, 'the server gave up half way');
    // The parser's own message quotes the body, and with it patients.
    throw new SourceDataInvalidError(`${label} was answered with incomplete or malformed JSON.`, { retryable: true });
  }
}

function redcapMessage(text: string, token: string): string | null {
  if (text.length > MESSAGE_CHARS || !text.trimStart().startsWith('{')) return null;
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isObject(parsed) || !('error' in parsed) || typeof parsed.error !== 'string') return null;
    return parsed.error
      .replaceAll(token, '[token]')
      .replace(/\p{Cc}+/gu, ' ')
      .slice(0, SHOWN_CHARS);
  } catch {
    return null;
  }
}
