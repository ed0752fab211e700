import { aRunAtWork, aStage } from '../../e2e/answer-builders';
import { TextSink } from '../../e2e/tributary';
import { ProgressLines } from './progress-lines';

describe('ProgressLines', () => {
  const runAt = (done: number) => aRunAtWork({ stages: [aStage({ status: 'running' })], progress: { done, total: null, note: 'extract' } });

  it('writes a line when a stage begins and when it ends, and one every 10 s between', () => {
    const stream = new TextSink();
    let nowMs = 50_000;
    const lines = new ProgressLines(stream, () => nowMs);
    for (const [elapsedMs, done] of [
      [0, 0],
      [300, 10],
      [9_999, 20],
      [10_000, 30],
      [10_300, 40],
    ] as const) {
      nowMs = 50_000 + elapsedMs;
      lines.show(runAt(done));
    }
    lines.show(aRunAtWork({ stages: [aStage()] }));
    lines.show(aRunAtWork({ stages: [aStage()] }));
    expect(stream.text).toBe('… extract: 0\n… extract: 30\n✓ extract: 1,200 rows in 1.2 s\n');
  });
});
