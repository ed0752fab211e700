import { drain, entries, ExtractHarness, proposals } from '../../test/extract-harness';

describe('RedcapSource', () => {
  let harness: ExtractHarness;

  beforeEach(async () => {
    harness = await ExtractHarness.start();
  });
  afterEach(() => harness.redcap.close());

  describe('on the wire', () => {
    it('asks for ids, then for chunks by ascending numeric ranges (R1)', async () => {
      const staged = await harness.extract();
      expect(harness.redcap.recordForms.map((form) => form['filterLogic'])).toEqual([
        '[proposal_id]>=4 && [proposal_id]<=12',
        '[proposal_id]>=30 && [proposal_id]<=30',
      ]);
      expect(staged.map(({ name, stream }) => [name, stream])).toEqual([
        ['metadata', 'metadata'],
        ['record-000001', 'record'],
        ['record-000002', 'record'],
      ]);
    });

    it('sends the listed fields and nothing else by default (R2)', async () => {
      await harness.extract();
      const [metadata, ids, chunk] = harness.redcap.seen.map(({ form }) => Object.keys(form).sort());
      const common =
        'content exportCheckboxLabel exportDataAccessGroups exportSurveyFields format rawOrLabel rawOrLabelHeaders returnFormat token type';
      expect(metadata).toEqual(['content', 'format', 'returnFormat', 'token']);
      expect(ids).toEqual([...common.split(' '), 'fields'].sort());
      expect(chunk).toEqual([...common.split(' '), 'filterLogic'].sort());
    });

    it('never lets the ranges of repeated ids overlap', async () => {
      harness.redcap.rows = proposals('10', '9', '2', '9');
      await harness.extract();
      expect(harness.redcap.recordForms.map((form) => form['filterLogic'])).toEqual([
        '[proposal_id]>=2 && [proposal_id]<=9',
        '[proposal_id]>=10 && [proposal_id]<=10',
      ]);
    });

    it('asks only for the fields the dictionary has, checkboxes by base, prefixed ones included', async () => {
      harness.redcap.dictionary = entries('proposal_id', 'title', 'colour', 'reviewer_name_x', 'secret');
      await harness.extract({ fields: ['title', 'gone', 'colour___3'], fieldPrefixes: ['reviewer_name_'], batchSize: 10 });
      const asked = Object.entries(harness.redcap.recordForms[0] ?? {}).filter(([name]) => name.startsWith('fields['));
      expect(asked.map(([, field]) => field)).toEqual(['proposal_id', 'title', 'colour', 'reviewer_name_x']);
    });

    it('adds a filter to the id list and to every range', async () => {
      await harness.extract({ filterLogic: '[title]<>""', batchSize: 10 });
      const [, ids, chunk] = harness.redcap.seen;
      expect(ids?.form['filterLogic']).toBe('[title]<>""');
      expect(chunk?.form['filterLogic']).toBe('([proposal_id]>=4 && [proposal_id]<=30) && ([title]<>"")');
    });

    it('proves access without reading a row', async () => {
      await harness.source.check(harness.request().config, new AbortController().signal);
      expect(harness.redcap.seen.map(({ kind }) => kind)).toEqual(['version']);
    });
  });

  describe('what it yields', () => {
    it('keeps every value as text or null, numbers with the digits they were sent with', async () => {
      const row =
        '{"proposal_id":"4","weight":94.0,"big":12345678901234567890,"ok":true,"none":null,"list":["x", 1.50],"text":"a,\\"b\\"\\nç"}';
      harness.redcap.rows = proposals('4');
      harness.redcap.script = ({ kind }) => (kind === 'records' ? { body: `[${row}]` } : undefined);
      expect(await harness.records()).toEqual([
        { proposal_id: '4', weight: '94.0', big: '12345678901234567890', ok: 'true', none: null, list: '["x",1.50]', text: 'a,"b"\nç' },
      ]);
    });

    it('keeps event, repeat, group and survey columns', async () => {
      const row = { proposal_id: '1', redcap_event_name: 'baseline_arm_1', redcap_repeat_instrument: 'visit', redcap_repeat_instance: 2 };
      harness.redcap.rows = [{ ...row, redcap_data_access_group: 'north', redcap_survey_identifier: '', title: 't' }];
      const [, part] = await harness.extract();
      expect(part?.columns).toEqual([...Object.keys(row), 'redcap_data_access_group', 'redcap_survey_identifier', 'title']);
      expect(part?.rows[0]?.['redcap_repeat_instance']).toBe('2');
    });

    it('selects text ids one by one when the project has its own record id field', async () => {
      await harness.redcap.close();
      harness = await ExtractHarness.start([{ record_id: 'A-12' }, { record_id: '7' }], entries('record_id'), 'record_id');
      expect(await harness.records({ recordIdField: 'record_id' })).toEqual(harness.redcap.rows);
      expect(harness.redcap.recordForms[0]).toMatchObject({ 'records[0]': '7', 'records[1]': 'A-12' });
    });

    it('splits wide requests by fields and joins the rows again', async () => {
      const key = { redcap_event_name: 'e1', redcap_repeat_instrument: '', redcap_repeat_instance: '' };
      harness.redcap.rows = [
        { proposal_id: '1', ...key, a: 'a1', b: 'b1', c___1: '1' },
        { proposal_id: '1', ...key, redcap_repeat_instance: 1, a: 'a2', b: 'b2', c___1: '0' },
      ];
      harness.redcap.dictionary = entries('proposal_id', 'a', 'b', 'c');
      const whole = await harness.records();
      const split = await harness.records({ maxFieldsPerRequest: 2 });
      expect(harness.redcap.recordForms.slice(1).map((form) => [form['fields[0]'], form['fields[1]']])).toEqual([
        ['proposal_id', 'a'],
        ['proposal_id', 'b'],
        ['proposal_id', 'c'],
      ]);
      expect(split).toEqual(whole);
    });

    it('refuses a project without records unless that is allowed', async () => {
      harness.redcap.rows = [];
      await expect(harness.extract()).rejects.toMatchObject({ code: 'source-data-invalid', retryable: false });
      expect(await harness.extract({ allowEmpty: true })).toHaveLength(1);
    });
  });

  describe('resume', () => {
    it('yields exactly the parts that followed a token, records added meanwhile included', async () => {
      harness.redcap.rows = proposals('1', '2', '3', '4', '5');
      const first = await harness.extract();
      harness.redcap.rows = proposals('1', '2', '3', '4', '5', '6');
      harness.redcap.seen.length = 0;
      const rest = await harness.extract({}, first[1]?.token);
      expect(rest.map(({ name }) => name)).toEqual(['record-000002', 'record-000003']);
      expect(rest.flatMap(({ rows }) => rows)).toEqual(proposals('3', '4', '5', '6'));
      expect(harness.redcap.recordForms).toHaveLength(2);
    });

    it('does not yield the dictionary again', async () => {
      const [dictionary, ...others] = await harness.extract();
      expect(await harness.extract({}, dictionary?.token)).toEqual(others);
    });

    it('ends at once after the last part', async () => {
      const staged = await harness.extract();
      expect(await harness.extract({}, staged.at(-1)?.token)).toEqual([]);
    });

    it('refuses a token it did not write', async () => {
      await expect(harness.extract({}, 'page=2')).rejects.toMatchObject({ code: 'run-not-resumable' });
    });
  });

  describe('pace', () => {
    it('fetches ahead up to the limit and yields in order', async () => {
      harness.redcap.rows = proposals('1', '2', '3', '4', '5', '6');
      const { isFull, script } = holdUntil(3);
      harness.redcap.script = script;
      expect(await harness.records({ batchSize: 1, concurrency: 3 })).toEqual(harness.redcap.rows);
      await isFull;
      expect(harness.redcap.mostUnderWay).toBe(3);
    });

    it('shares the budget of a host among runs', async () => {
      harness.redcap.rows = proposals('1', '2', '3', '4');
      harness.redcap.script = holdUntil(2).script;
      const settings = { batchSize: 1, concurrency: 4, hostConcurrency: 2 };
      await Promise.all([
        drain(harness.source.extract(harness.request(settings))),
        drain(harness.source.extract(harness.request(settings))),
      ]);
      expect(harness.redcap.mostUnderWay).toBe(2);
    });
  });
});

/** Holds requests for records back until so many are under way at once. */
function holdUntil(count: number) {
  let open: () => void = () => undefined;
  const isFull = new Promise<void>((resolve) => (open = resolve));
  let held = 0;
  const script = async ({ kind }: { kind: string }) => {
    if (kind !== 'records') return undefined;
    held += 1;
    if (held === count) open();
    await isFull;
    return undefined;
  };
  return { isFull, script };
}
