const MS_PER_MINUTE = 60_000;
const MS_PER_SECOND = 1000;
/** Clients that are remembered; those seen longest ago are forgotten first, which only favours them. */
const MAX_CLIENTS = 10_000;

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/** Counts requests by client. Each may send a minute's worth at once, and then as fast as its share comes back. */
export class RateLimiter {
  private readonly buckets = new Map<string, Bucket>();

  /** @param now in ms, of a clock that only goes forward */
  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Counts a request. Answers 0 when it may pass, else the whole seconds after which one may. */
  take(client: string): number {
    const at = this.now();
    const before = this.buckets.get(client) ?? { tokens: this.perMinute, at };
    const perMs = this.perMinute / MS_PER_MINUTE;
    const tokens = Math.min(this.perMinute, before.tokens + (at - before.at) * perMs);
    this.remember(client, { tokens: tokens >= 1 ? tokens - 1 : tokens, at });
    return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / perMs / MS_PER_SECOND);
  }

  private remember(client: string, bucket: Bucket): void {
    this.buckets.delete(client);
    this.buckets.set(client, bucket);
    if (this.buckets.size <= MAX_CLIENTS) return;
    for (const oldest of this.buckets.keys()) {
      this.buckets.delete(oldest);
      return;
    }
  }
}
