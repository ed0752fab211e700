import type { Timing } from './timing';

const MINUTE_MS = 60_000;

export interface HostLimits {
  /** Requests under way at one time, over all runs of this process. */
  readonly maxConcurrent: number;
  /** Requests begun in any 60 seconds, over all runs of this process; null sets no pace. */
  readonly requestsPerMinute: number | null;
}

/** What one process may ask of one host, shared by every run that talks to it. First come, first served. */
export class HostBudget {
  private active = 0;
  private readonly waiting: (() => void)[] = [];
  /** Start times already given out, oldest first; some may lie in the future. */
  private starts: number[] = [];

  constructor(private readonly timing: Timing) {}

  /** Does the work once the limits allow it. Waiting ends at once when the signal aborts. */
  async run<T>(limits: HostLimits, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.active < limits.maxConcurrent) this.active += 1;
    else await this.turn(signal);
    try {
      await this.pace(limits.requestsPerMinute, signal);
      return await work();
    } finally {
      this.passOn();
    }
  }

  private passOn(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.active -= 1;
    else next();
  }

  /** Settles when another request hands its place over. */
  private turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(wake), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(wake);
    });
  }

  private async pace(requestsPerMinute: number | null, signal: AbortSignal): Promise<void> {
    if (requestsPerMinute === null) return;
    const now = this.timing.now();
    const before = this.starts.at(-requestsPerMinute);
    const startAt = Math.max(now, before === undefined ? now : before + MINUTE_MS);
    this.starts = [...this.starts.slice(-requestsPerMinute), startAt];
    if (startAt > now) await this.timing.delay(startAt - now, signal);
  }
}

/** One budget per host name and port, made on first use and kept for the life of the process. */
export class HostBudgets {
  private readonly budgets = new Map<string, HostBudget>();

  constructor(private readonly timing: Timing) {}

  of(host: string): HostBudget {
    let budget = this.budgets.get(host);
    if (budget === undefined) {
      budget = new HostBudget(this.timing);
      this.budgets.set(host, budget);
    }
    return budget;
  }
}
