import { parse } from 'lossless-json';
import { RequestInvalidError, type RequestFault } from './http-error.filter';

const REASON = /^(.*?)(?: but .*)? at position (\d+)$/s;

/** The answer to a body that is no JSON: where it stops to be, and why, without quoting it. */
export function malformedJson(text: string): RequestInvalidError {
  return new RequestInvalidError([faultOf(text)]);
}

function faultOf(text: string): RequestFault {
  if (text.trim() === '') return { type: 'missing', loc: ['body'], msg: 'Field required', input: null };
  const [, reason = 'a key that is not allowed', offset = '0'] = REASON.exec(complaintOf(text)) ?? [];
  return { type: 'json_invalid', loc: ['body', Number(offset)], msg: 'JSON decode error', input: {}, ctx: { error: reason } };
}

/** Node's own parser does not always say where. */
function complaintOf(text: string): string {
  try {
    parse(text);
    return '';
  } catch (error) {
    return (error as SyntaxError).message;
  }
}
