import { aFailedRun, aRun, aRunAtWork } from '../../e2e/answer-builders';
import { runDetails, runHeader, verdict } from './run-summary';

describe('runDetails', () => {
  it('is empty before the first stage', () => {
    expect(runDetails(aRun({ status: 'queued', stages: [], tables: null }))).toEqual([]);
  });

  it('leaves the tables out before publish', () => {
    expect(runDetails(aRunAtWork()).join('\n')).not.toContain('Inserted');
  });

  it('says that a dry run wrote nothing', () => {
    expect(runDetails(aRun({ dryRun: true }))).toContain('Nothing was written. It would have been:');
    expect(runDetails(aRun())).not.toContain('Nothing was written. It would have been:');
  });

  it('adds the findings up by rule', () => {
    const issues = [
      { rule: 'unknown-choice', count: 1000 },
      { rule: 'missing-field', count: 34 },
      { rule: 'unknown-choice', count: 200 },
    ];
    expect(runDetails(aRun({ issues })).at(-1)).toBe('Issues: 1,234 (unknown-choice 1,200, missing-field 34)');
  });
});

describe('runHeader', () => {
  it('shows progress of a run at work only', () => {
    expect(runHeader(aRunAtWork()).at(-1)).toBe('Progress: 450 of 1,000, transform visit');
    expect(runHeader(aRun({ progress: { done: 1, total: null, note: 'publish' } })).join()).not.toContain('Progress');
  });

  it('marks a dry run', () => {
    expect(runHeader(aRun({ dryRun: true }))).toContain('Pipeline: redcap, version 3, dry run');
  });
});

describe('verdict', () => {
  it.each([
    [aRun(), '✓ redcap succeeded in 2.5 s'],
    [aRun({ startedAt: null, endedAt: null }), '✓ redcap succeeded'],
    [aFailedRun(), '✗ redcap failed: REDCap did not answer.'],
    [aFailedRun({ status: 'cancelled', error: null }), '✗ redcap was cancelled'],
  ])('tells how a run ended', (run, text) => {
    expect(verdict(run)).toBe(text);
  });
});
