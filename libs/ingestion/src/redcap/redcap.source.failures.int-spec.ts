import { drain, entries, ExtractHarness, proposals } from '../../test/extract-harness';
import { json, refusal, type Row, TOKEN } from '../../test/strict-redcap';
import { MAX_RETRY_WAIT_MS } from '../http/retry';

describe('RedcapSource, when things go wrong', () => {
  let harness: ExtractHarness;

  beforeEach(async () => {
    harness = await ExtractHarness.start();
  });
  afterEach(() => harness.redcap.close());

  it('survives a chunk that fails twice (R3)', async () => {
    harness.redcap.script = ({ kind, before }) => (kind === 'records' && (before === 1 || before === 2) ? refusal('busy', 500) : undefined);
    expect(await harness.records()).toEqual(proposals('4', '12', '30'));
    expect(harness.waitsMs).toEqual([250, 500]);
  });

  it('gives up on a server that fails for ever, after the set number of tries', async () => {
    harness.redcap.script = ({ kind }) => (kind === 'records' ? refusal('busy', 500) : undefined);
    await expect(harness.extract({ attempts: 3 })).rejects.toMatchObject({ code: 'source-unavailable', retryable: true });
    expect(harness.redcap.recordForms).toHaveLength(3);
  });

  it('stays away as long as the server asks, within a limit', async () => {
    const after = ['7', '99999'];
    harness.redcap.script = ({ kind, before }) =>
      kind === 'ids' && before < 2 ? { ...refusal('slow down', 429), headers: { 'Retry-After': after[before] ?? '' } } : undefined;
    await harness.extract();
    expect(harness.waitsMs).toEqual([7_000, MAX_RETRY_WAIT_MS]);
  });

  it('fails at once when it is refused, with the words of REDCap (R4)', async () => {
    harness.redcap.script = () => refusal('You do not have permissions to use the API');
    await expect(harness.extract()).rejects.toMatchObject({
      code: 'source-refused',
      message: expect.stringContaining('do not have permissions'),
    });
    expect(harness.redcap.seen).toHaveLength(1);
  });

  it.each([
    ['an HTML page', '<!DOCTYPE html><title>Log in</title>', 1],
    ['an error object', '{"error":"no"}', 1],
    ['another shape', '"text"', 1],
    ['an empty body', ' ', 3],
    ['a truncated list', '[{"proposal_id":"4","name":"Ann', 3],
  ])('takes %s with status 200 for an error, not for data', async (_, body, tries) => {
    harness.redcap.script = ({ kind }) => (kind === 'records' ? { body } : undefined);
    const error = await failure(harness.extract({ attempts: 3 }));
    expect(error).toMatchObject({ code: 'source-data-invalid' });
    expect(allTextOf(error)).not.toContain('Ann');
    expect(harness.redcap.recordForms).toHaveLength(tries);
  });

  it('asks again when the connection breaks off inside a body', async () => {
    harness.redcap.script = ({ kind, before }) =>
      kind === 'records' && before === 0 ? { body: '[{"proposal_id":"4"', cut: true } : undefined;
    expect(await harness.records()).toEqual(proposals('4', '12', '30'));
  });

  it.each([
    ['a message', { body: '{"error":"REDCap ran out of server memory. Please try exporting a smaller amount of data."}' }],
    ['a crash page', { status: 500, body: '<b>Fatal error</b>: Allowed memory size of 134217728 bytes exhausted' }],
    ['a list that ends in a crash page', { body: '[{"proposal_id":"1"},<b>Fatal error</b>: Allowed memory size of 1 bytes exhausted' }],
  ])('halves a chunk that is too much for the server, said by %s', async (_, tooMuch) => {
    harness.redcap.rows = proposals('1', '2', '3', '4', '5', '6', '7', '8');
    const isTooWide = (form: Row) => form['filterLogic'] === '[proposal_id]>=1 && [proposal_id]<=4';
    harness.redcap.script = ({ kind, form }) => (kind === 'records' && isTooWide(form) ? tooMuch : undefined);
    const staged = await harness.extract({ batchSize: 4 });
    expect(staged.slice(1).map(({ rows }) => rows)).toEqual([proposals('1', '2', '3', '4'), proposals('5', '6', '7', '8')]);
    // The second chunk is asked for in halves from the start.
    expect(harness.redcap.recordForms).toHaveLength(5);
  });

  it('fails when a single record is too much', async () => {
    harness.redcap.script = ({ kind }) => (kind === 'records' ? { body: 'too much data' } : undefined);
    await expect(harness.extract()).rejects.toMatchObject({ code: 'source-data-invalid', message: expect.stringContaining('record 4') });
  });

  it('halves a chunk whose answer is larger than allowed', async () => {
    harness.redcap.rows = proposals('1', '2').map((row) => ({ ...row, notes: 'x'.repeat(600) }));
    expect(await harness.records({ maxResponseBytes: 1_000 })).toHaveLength(2);
    expect(harness.redcap.recordForms).toHaveLength(3);
  });

  it('asks again for records that are missing, then fails', async () => {
    const short = json(proposals('4'));
    harness.redcap.script = ({ kind, before }) => (kind === 'records' && before === 0 ? short : undefined);
    expect(await harness.records()).toHaveLength(3);
    harness.redcap.script = ({ kind }) => (kind === 'records' ? short : undefined);
    await expect(harness.extract()).rejects.toMatchObject({
      code: 'extract-incomplete',
      retryable: true,
      message: expect.stringContaining('(12)'),
    });
  });

  it('fails when records come back that nobody asked for', async () => {
    harness.redcap.script = ({ kind }) => (kind === 'records' ? json(proposals('4', '5', '12')) : undefined);
    await expect(harness.extract()).rejects.toMatchObject({ code: 'extract-incomplete', message: expect.stringContaining('(5)') });
  });

  it('names a record id that is not an integer', async () => {
    harness.redcap.rows = proposals('4', 'A-12');
    await expect(harness.extract()).rejects.toMatchObject({ code: 'source-data-invalid', message: expect.stringContaining('"A-12"') });
  });

  it.each([
    ['is empty', [], 'empty'],
    ['has an entry without a name', [{ field_name: 'proposal_id' }, { label: 'x' }], 'Entry 2'],
    ['lacks the record id field', entries('title'), 'proposal_id'],
  ])('refuses a dictionary that %s before it asks for records', async (_, dictionary, words) => {
    harness.redcap.dictionary = dictionary;
    await expect(harness.extract()).rejects.toMatchObject({ code: 'source-data-invalid', message: expect.stringContaining(words) });
    expect(harness.redcap.seen.map(({ kind }) => kind)).toEqual(['metadata']);
  });

  it('does not follow a redirect, which would carry the token elsewhere', async () => {
    harness.redcap.script = () => ({ status: 307, headers: { Location: harness.redcap.url }, body: '' });
    await expect(harness.extract()).rejects.toMatchObject({ code: 'source-refused' });
    expect(harness.redcap.seen).toHaveLength(1);
  });

  it('takes silence for a lost request', async () => {
    harness.redcap.script = () => new Promise(() => undefined);
    await expect(harness.extract({ timeoutMs: 1_000, attempts: 2 })).rejects.toMatchObject({
      code: 'source-unavailable',
      message: expect.stringContaining('1000 ms'),
    });
    expect(harness.redcap.seen).toHaveLength(2);
  });

  it('says that nobody listens', async () => {
    const refused = harness.request({ attempts: 1 });
    await harness.redcap.close();
    await expect(drain(harness.source.extract(refused))).rejects.toMatchObject({
      message: expect.stringContaining('ECONNREFUSED'),
    });
    harness = await ExtractHarness.start();
  });

  it('never shows the token', async () => {
    const errors = [];
    harness.redcap.script = () => refusal(`token ${TOKEN} is wrong`);
    errors.push(await failure(harness.extract()));
    harness.redcap.script = () => ({ body: `{"error":"${TOKEN}"}` });
    errors.push(await failure(harness.extract()));
    harness.redcap.script = () => ({ status: 500, body: `<p>${TOKEN}</p>` });
    errors.push(await failure(harness.extract({ attempts: 1 })));
    harness.redcap.script = () => new Promise(() => undefined);
    errors.push(await failure(harness.extract({ attempts: 1, timeoutMs: 10 })));
    expect(errors.map(allTextOf).filter((text) => text.includes(TOKEN))).toEqual([]);
    expect(allTextOf(errors[0])).toContain('[token]');
  });

  it('stops at once with the reason of the signal', async () => {
    const cancel = new AbortController();
    harness.redcap.script = ({ kind }) => {
      if (kind !== 'records') return undefined;
      cancel.abort(new Error('cancelled by a person'));
      return new Promise(() => undefined);
    };
    await expect(drain(harness.source.extract(harness.request({}, null, cancel.signal)))).rejects.toThrow('cancelled by a person');
  });
});

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}

/** Everything a log could print of an error: messages, stacks, properties, causes. */
function allTextOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [error.message, error.stack, JSON.stringify(error), allTextOf(error.cause)].join('\n');
}
