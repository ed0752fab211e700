import { DatabaseError } from 'pg';
import { translateError } from './translate-error';

function databaseError(code: string, fields: Partial<DatabaseError> = {}): DatabaseError {
  return Object.assign(new DatabaseError('refused: "Jane Doe"', 1, 'error'), {
    code,
    detail: 'Failing row contains (Jane Doe).',
    ...fields,
  });
}

const place = { table: 'visit', relation: 'run_1', columns: ['born', 'born, column b'] };

describe('translateError', () => {
  it.each([
    ['57P01', 'warehouse-unavailable'],
    ['08006', 'warehouse-unavailable'],
    ['57014', 'warehouse-unavailable'],
    ['55P03', 'lock-not-available'],
    ['40P01', 'lock-not-available'],
    ['40001', 'lock-not-available'],
  ])('calls SQLSTATE %s %s, to be tried again', (code, expected) => {
    expect(translateError(databaseError(code))).toMatchObject({ code: expected, retryable: true });
  });

  it('calls a lost connection retryable', () => {
    expect(translateError(new Error('Connection terminated unexpectedly'))).toMatchObject({
      code: 'warehouse-unavailable',
      retryable: true,
    });
  });

  it("leaves errors that are not the database's as they are", () => {
    const error = new TypeError('ours');
    expect(translateError(error, place)).toBe(error);
  });

  it.each([
    ['COPY run_1, line 12, column born: "Jane, column b"', { line: 12, column: 'born' }],
    ['COPY run_1, line 3, column born, column b: "Jane"', { line: 3, column: 'born, column b' }],
    ['COPY run_1, line 3, column Jane: "x"', { line: 3, column: undefined }],
    ['COPY run_1, line 4: "Jane"', { line: 4, column: undefined }],
    ['COPY run_1, Zeile 5, Spalte born: "Jane"', { line: 5, column: undefined }],
    ['PL/pgSQL function check_name("Jane") line 7', { line: undefined, column: undefined }],
  ])('finds the position in %s', (where, position) => {
    expect(translateError(databaseError('22P02', { where }), place)).toMatchObject({
      code: 'load-failed',
      details: { table: 'visit', sqlstate: '22P02', ...position },
    });
  });

  it('keeps nothing of the words of the server', () => {
    const error = translateError(
      databaseError('23505', { constraint: 'visit_pkey', where: 'COPY run_1, line 1, column born: "Jane"' }),
      place,
    ) as Error;
    expect(error.message).toBe(
      'Table "visit" could not be written at line 1, column "born", constraint "visit_pkey": a key exists twice (SQLSTATE 23505).',
    );
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('Jane');
  });
});
