import { chunksOf, idsAfter, orderRecordIds } from './record-ids';

const rows = (...ids: string[]) => ids.map((id) => ({ id }));
const order = (...ids: string[]) => orderRecordIds(rows(...ids), 'id', false);

describe('record ids', () => {
  it('come once each, by value', () => {
    expect(order('10', '9', '-2', '9')).toEqual({ texts: ['-2', '9', '10'], canRange: true });
  });

  it('keep their order beyond the precision of a double', () => {
    expect(order('9007199254740993', '9007199254740992').texts).toEqual(['9007199254740992', '9007199254740993']);
  });

  it('put text behind integers and then name no range', () => {
    expect(order('B-1', '12', 'A-12', '3')).toEqual({ texts: ['3', '12', 'A-12', 'B-1'], canRange: false });
  });

  it('name no range when two differ only in their writing', () => {
    expect(order('7', '007')).toEqual({ texts: ['007', '7'], canRange: false });
  });

  it('are refused as text where integers are demanded', () => {
    expect(() => orderRecordIds(rows('1', '1.5'), 'id', true)).toThrow('"1.5" of field id is not an integer');
  });

  it('are refused when absent, by position', () => {
    expect(() => orderRecordIds([{ id: '1' }, { other: '2' }], 'id', false)).toThrow('Row 2');
    expect(() => order('1', '2', '')).toThrow('Row 3');
  });

  it('continue after one that no longer exists', () => {
    expect(idsAfter(order('1', '3', 'x'), '2').texts).toEqual(['3', 'x']);
    expect(idsAfter(order('1', '3', 'x', 'z'), 'y').texts).toEqual(['z']);
  });

  it('are cut into chunks, the last one shorter', () => {
    expect([...chunksOf([1, 2, 3], 2)]).toEqual([[1, 2], [3]]);
    expect([...chunksOf([], 2)]).toEqual([]);
  });
});
