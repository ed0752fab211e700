import { HostBudget, HostBudgets } from './host-budget';
import { systemTiming, type Timing } from './timing';

const signal = new AbortController().signal;
const forever = () => new Promise<never>(() => undefined);

describe('HostBudget', () => {
  it('lets requests in up to the limit, the others first come, first served', async () => {
    const budget = new HostBudget(systemTiming);
    const limits = { maxConcurrent: 1, requestsPerMinute: null };
    const order: string[] = [];
    let release: () => void = () => undefined;
    const first = budget.run(limits, signal, () => new Promise<void>((resolve) => (release = resolve)));
    const others = ['second', 'third'].map((name) => budget.run(limits, signal, async () => order.push(name)));
    await Promise.resolve();
    expect(order).toEqual([]);
    release();
    await Promise.all([first, ...others]);
    expect(order).toEqual(['second', 'third']);
  });

  it('gives a place back when the work fails', async () => {
    const budget = new HostBudget(systemTiming);
    const limits = { maxConcurrent: 1, requestsPerMinute: null };
    await expect(budget.run(limits, signal, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await budget.run(limits, signal, async () => 'next')).toBe('next');
  });

  it('stops waiting when the signal aborts', async () => {
    const budget = new HostBudget(systemTiming);
    const limits = { maxConcurrent: 1, requestsPerMinute: null };
    const cancel = new AbortController();
    void budget.run(limits, signal, forever);
    const waiting = budget.run(limits, cancel.signal, async () => 'never');
    cancel.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
  });

  it('spreads what exceeds the pace over the following minutes', async () => {
    const waitsMs: number[] = [];
    const timing: Timing = { now: () => 1_000, random: () => 0, delay: async (ms) => void waitsMs.push(ms) };
    const budget = new HostBudget(timing);
    for (let request = 0; request < 5; request += 1)
      await budget.run({ maxConcurrent: 9, requestsPerMinute: 2 }, signal, async () => undefined);
    expect(waitsMs).toEqual([60_000, 60_000, 120_000]);
  });

  it('is one per host', () => {
    const budgets = new HostBudgets(systemTiming);
    expect(budgets.of('a.example.org')).toBe(budgets.of('a.example.org'));
    expect(budgets.of('a.example.org')).not.toBe(budgets.of('b.example.org'));
  });
});
