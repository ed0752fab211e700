import { aRunAtWork, aStage } from '../../e2e/answer-builders';
import { TextSink } from '../../e2e/tributary';
import { ProgressBars } from './progress-bars';

const SHOW_CURSOR = '\x1B[?25h';

/** All that was drawn until the bars were closed. */
const drawn = (position: { done: number; total: number | null }): string => {
  const stream = new TextSink(true);
  const bars = new ProgressBars(stream);
  bars.show(aRunAtWork({ stages: [aStage({ status: 'running' })], progress: { ...position, note: 'extract' } }));
  bars.close();
  return stream.text;
};

describe('ProgressBars', () => {
  it('draws a bar where the total is known', () => {
    expect(drawn({ done: 50, total: 100 })).toContain(`${'█'.repeat(12)}${'░'.repeat(12)} … extract: 50 of 100`);
  });

  it('counts where it is not', () => {
    const text = drawn({ done: 50, total: null });
    expect(text).toContain('… extract: 50');
    expect(text).not.toMatch(/[█░]/);
  });

  it('gives the cursor back when it closes', () => {
    expect(drawn({ done: 0, total: 0 })).toContain(SHOW_CURSOR);
  });
});
