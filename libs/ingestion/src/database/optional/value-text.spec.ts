import { valueCell } from './value-text';

describe('valueCell', () => {
  it.each([
    [null, 'string', ''],
    [undefined, 'string', ''],
    ['', 'string', '""'],
    [new Date(Date.UTC(2025, 3, 2, 8, 0, 0, 5)), 'timestamp', '2025-04-02 08:00:00.005'],
    [new Date(Date.UTC(2025, 3, 2)), 'timestamptz', '2025-04-02 00:00:00.000+00'],
    [Buffer.from([0, 255]), 'bytes', '\\x00ff'],
    [true, 'boolean', 't'],
    [9007199254740993n, 'integer', '9007199254740993'],
    [{ a: 'x' }, 'json', '"{""a"":""x""}"'],
  ] as const)('writes %p of type %s', (value, type, expected) => {
    expect(valueCell(value, type)).toBe(expected);
  });
});
