import { aRunAtWork, aStage } from '../../e2e/answer-builders';
import { positionOf, stageText } from './stage-text';

describe('stageText', () => {
  const working = aStage({ status: 'running', rows: null });

  it.each([
    [{ done: 450, total: 1000, note: 'extract chunk-3' }, '… extract: 450 of 1,000, chunk-3'],
    [{ done: 45_000, total: null, note: 'extract' }, '… extract: 45,000'],
    [{ done: 0, total: 20, note: 'copying' }, '… extract: 0 of 20, copying'],
  ])('shows how far a stage at work is', (position, text) => {
    expect(stageText(working, position)).toBe(text);
  });

  it.each([
    [aStage(), '✓ extract: 1,200 rows in 1.2 s'],
    [aStage({ status: 'failed', durationMs: 850 }), '✗ extract: failed after 850 ms'],
  ])('shows how a stage ended', (stage, text) => {
    expect(stageText(stage, { done: 0, total: null, note: '' })).toBe(text);
  });
});

describe('positionOf', () => {
  it('gives the run’s progress to the stage at work only', () => {
    const run = aRunAtWork();
    expect(run.stages.map((stage) => positionOf(stage, run).done)).toEqual([1200, 450]);
  });
});
