import { AppError, utf8Text } from '@app/platform';
import { errorCode } from '../error-code';
import { RequestTooLargeError, SourceDataInvalidError, SourceUnavailableError } from '../source.errors';
import { AbortScope } from './abort-scope';

export interface FormRequest {
  /** What is asked for, as error messages name it; holds no secret. */
  readonly label: string;
  readonly url: string;
  readonly form: URLSearchParams;
  /** The longest silence, before the first byte and between any two. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
}

export interface FormAnswer {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number | null;
}

/** One POST of a form, read whole as UTF-8. Redirects are not followed: they would carry the token elsewhere. */
export async function postForm(request: FormRequest, signal: AbortSignal): Promise<FormAnswer> {
  const scope = new AbortScope(signal);
  const timer = setTimeout(() => scope.abort(), request.timeoutMs);
  try {
    const response = await fetch(request.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
      body: request.form.toString(),
      redirect: 'manual',
      signal: scope.signal,
    });
    const bytes = await readBytes(request, response, () => timer.refresh());
    return { status: response.status, text: decode(request, bytes), retryAfterMs: retryAfterMs(response.headers.get('retry-after')) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AppError) throw error;
    // Its code is safe to show. The error itself is not kept as the cause: what it says is not ours to vouch for.
    const reason = scope.signal.aborted ? `nothing arrived for ${request.timeoutMs} ms` : (errorCode(error) ?? 'the connection failed');
    throw new SourceUnavailableError(request.label, reason);
  } finally {
    clearTimeout(timer);
    scope.close();
  }
}

async function readBytes(request: FormRequest, response: Response, onProgress: () => void): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    onProgress();
    sizeBytes += piece.byteLength;
    if (sizeBytes > request.maxResponseBytes) {
      throw new RequestTooLargeError(request.label, `the answer is larger than ${request.maxResponseBytes} bytes`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces, sizeBytes);
}

function decode(request: FormRequest, bytes: Buffer): string {
  const text = utf8Text(bytes);
  if (text === null) throw new SourceDataInvalidError(`${request.label} was answered with bytes that are not UTF-8.`);
  return text;
}

function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  const waitMs = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : null;
}
