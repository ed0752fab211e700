import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;
/** Long enough for a slow machine, and less than a test has, so that it says what it waited for; one that passes never waits for it. */
const PATIENCE_MS = 150_000;

/** The first truthy answer of `probe`, asked again and again. What the probe throws ends the wait. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`It did not come about within ${patienceMs / 1000} s: ${what}`);
    await delay(POLL_MS);
  }
}
