import { joinRows } from './join-rows';

const event = (id: string, name: string) => ({ record_id: id, redcap_event_name: name });

describe('joinRows', () => {
  it('keeps a row only one piece has, beside the other rows of its record', () => {
    const pieces = [
      [
        { ...event('1', 'base'), a: 'x' },
        { ...event('2', 'base'), a: 'y' },
      ],
      [
        { ...event('1', 'base'), b: 'p' },
        { ...event('1', 'late'), b: 'q' },
      ],
    ];
    expect(joinRows(pieces, 'record_id')).toEqual([
      { ...event('1', 'base'), a: 'x', b: 'p' },
      { ...event('1', 'late'), a: '', b: 'q' },
      { ...event('2', 'base'), a: 'y', b: '' },
    ]);
  });

  it('tells repeats apart, and takes a missing repeat column for an empty one', () => {
    const base = { record_id: '1' };
    const repeat = { record_id: '1', redcap_repeat_instrument: 'visit', redcap_repeat_instance: '1' };
    const pieces = [
      [{ ...base, a: 'x' }],
      [
        { ...base, redcap_repeat_instrument: '', redcap_repeat_instance: '', b: null },
        { ...repeat, b: 'q' },
      ],
    ];
    const joined = joinRows(pieces, 'record_id');
    expect(joined.map(({ a, b }) => [a, b])).toEqual([
      ['x', null],
      ['', 'q'],
    ]);
  });
});
