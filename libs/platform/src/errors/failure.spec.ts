import { AppError } from './app-error';
import { failureOf, isTransientDatabaseError, loggable } from './failure';

class Refused extends AppError {
  readonly code = 'source-refused';
}

const driverError = (code: string): Error => Object.assign(new Error('invalid input syntax for type integer: "Jane Doe"'), { code });

describe('failureOf', () => {
  it('keeps the words of a domain error', () => {
    expect(failureOf(new Refused('The server said no; check the token.'))).toEqual({
      code: 'source-refused',
      message: 'The server said no; check the token.',
      retryable: false,
    });
  });

  it('shows only the kind of a foreign error, since drivers quote the values they refuse', () => {
    const failure = failureOf(driverError('22P02'));
    expect(failure).toMatchObject({ code: 'internal', retryable: false });
    expect(failure.message).toContain('22P02');
    expect(JSON.stringify([failure, loggable(driverError('22P02'))])).not.toContain('Jane');
  });

  it.each(['57P01', '08006', '40001', '40P01', 'ECONNREFUSED', 'ECONNRESET'])(
    'takes %s of a database for something that may pass',
    (code) => {
      expect(failureOf(driverError(code)).retryable).toBe(true);
    },
  );

  it.each(['23505', '42P01', '22001', 'ENOENT'])('takes %s for something that lasts', (code) => {
    expect(isTransientDatabaseError(driverError(code))).toBe(false);
  });

  it.each(['ENOMEM', 'EAGAIN', 'EMFILE'])('tries again when the machine is short of something (%s)', (code) => {
    expect(failureOf(driverError(code))).toMatchObject({ code: 'worker-lost', retryable: true });
  });

  it('keeps the place of an error in the code for the log', () => {
    expect(loggable(driverError('22P02'))).toMatchObject({
      kind: 'Error',
      driverCode: '22P02',
      stack: expect.stringContaining('at driverError') as string,
    });
  });
});
