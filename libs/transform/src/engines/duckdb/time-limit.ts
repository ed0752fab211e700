import { TransformFailedError } from '../../transform.errors';

/** Ends work that takes too long. @throws {TransformFailedError} naming the limit; the signal's reason when it is aborted */
export async function withTimeLimit<T>(timeoutMs: number, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await work(AbortSignal.any([signal, timeout]));
  } catch (error) {
    if (!timeout.aborted || signal.aborted) throw error;
    throw new TransformFailedError('the time limit', `it was not done after ${timeoutMs} ms`);
  }
}
