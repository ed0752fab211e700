import { aRun, aRunAtWork } from '../../e2e/answer-builders';
import { ApiError } from '../api/api.error';
import type { Run } from '../api/answers';
import { pollRun, type Clock } from './poll-run';

/** Passes time only when someone sleeps. */
class FakeClock implements Clock {
  readonly pauses: number[] = [];
  private time = 0;

  now(): number {
    return this.time;
  }

  async sleep(ms: number): Promise<void> {
    this.pauses.push(ms);
    this.time += ms;
  }
}

const outage = (): ApiError => ApiError.unreachable('http://api', new Error('refused'));
const { signal } = new AbortController();

/** Gives one answer after the other; errors are thrown. The last one again and again. */
const answering =
  (...answers: (Run | Error)[]) =>
  async (): Promise<Run> => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (!(answer instanceof Error) && answer) return answer;
    throw answer ?? new Error('no answer prepared');
  };

describe('pollRun', () => {
  let clock: FakeClock;
  let seen: string[];
  const poll = (askRun: () => Promise<Run>, timeoutMs = 60_000) =>
    pollRun(askRun, { onAnswer: (run) => seen.push(run.status), timeoutMs, signal, clock });
  beforeEach(() => {
    clock = new FakeClock();
    seen = [];
  });

  it.each(['succeeded', 'failed', 'cancelled'] as const)('answers a run that has %s', async (status) => {
    const run = await poll(answering(aRunAtWork({ status: 'queued' }), aRunAtWork(), aRun({ status })));
    expect(run.status).toBe(status);
    expect(seen).toEqual(['queued', 'running', status]);
  });

  it('asks ever less often, at least every two seconds', async () => {
    await expect(poll(answering(aRunAtWork()), 20_000)).rejects.toThrow('did not end within 20 s');
    expect(clock.pauses.slice(0, 2)).toEqual([300, 390]);
    expect(clock.pauses.at(-1)).toBe(2000);
    expect(clock.pauses).toEqual([...clock.pauses].sort((a, b) => a - b));
  });

  it('waits for an API that is away for less than 30 s', async () => {
    const askRun = async (): Promise<Run> => {
      if (clock.now() > 1_000 && clock.now() < 30_000) throw outage();
      return clock.now() >= 30_000 ? aRun() : aRunAtWork();
    };
    await expect(poll(askRun)).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('gives up on an API that stays away for 30 s', async () => {
    await expect(poll(answering(aRunAtWork(), outage()))).rejects.toThrow('does not answer');
    expect(clock.now()).toBeGreaterThanOrEqual(30_000);
    expect(clock.now()).toBeLessThan(33_000);
  });

  it('does not add up outages', async () => {
    const answers = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? outage() : aRunAtWork()));
    await expect(poll(answering(...answers, aRun()), 600_000)).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('passes on every other error at once', async () => {
    await expect(poll(answering(new TypeError('a bug')))).rejects.toThrow('a bug');
    expect(clock.pauses).toEqual([]);
  });
});
