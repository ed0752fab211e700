import { SourceUnavailableError } from '../source.errors';
import { QueryInvalidError, sourceError } from './database.errors';

const REQUEST = 'The query of garden';
const thrown = (fields: object, message = 'what the server said'): Error => Object.assign(new Error(message), fields);

describe('sourceError', () => {
  it.each([
    ['a refused connection', { code: 'ECONNREFUSED' }],
    ['a reset connection', { code: 'ECONNRESET' }],
    ['a deadlock', { code: '40P01' }],
    ['a serialisation failure', { code: '40001' }],
    ['a server that shuts down', { code: '57P01' }],
    ['a server without a free connection', { code: '53300' }],
    ['a server without memory', { code: '53200' }],
    ['a snapshot that a standby had to give up', { code: '40001' }],
    ['a connection that MariaDB closed', { code: 'PROTOCOL_CONNECTION_LOST' }],
    ['a deadlock of MariaDB', { code: 'ER_LOCK_DEADLOCK', sqlState: '40001' }],
    ['too many connections to MariaDB', { code: 'ER_CON_COUNT_ERROR', sqlState: '08004' }],
  ])('takes %s for a source that may be there later', (_, fields) => {
    expect(sourceError(thrown(fields), REQUEST)).toMatchObject({ code: 'source-unavailable', retryable: true });
  });

  it('takes a pool that gave nothing in time for a source that may be there later', () => {
    expect(sourceError(thrown({}, 'timeout exceeded when trying to connect'), REQUEST).retryable).toBe(true);
  });

  it.each([
    ['bad syntax', { code: '42601' }],
    ['a missing table', { code: '42P01' }],
    ['a write', { code: '25006' }],
    ['a missing table of MariaDB', { code: 'ER_NO_SUCH_TABLE', sqlState: '42S02' }],
  ])('repeats what the server says of %s, and never tries it again', (_, fields) => {
    const error = sourceError(thrown(fields), REQUEST);
    expect(error).toBeInstanceOf(QueryInvalidError);
    expect(error).toMatchObject({ retryable: false, message: `${REQUEST} failed: what the server said` });
  });

  it.each([
    ['a value that does not convert', { code: '22P02' }],
    ['a division by zero', { code: '22012' }],
    ['an error of a function', { code: 'P0001' }],
    ['a value that MariaDB refuses', { code: 'ER_TRUNCATED_WRONG_VALUE', sqlState: '22007' }],
    ['an error without a code', {}],
  ])('keeps to itself what the server says of %s', (_, fields) => {
    const error = sourceError(thrown(fields, 'invalid input: "Jane Roe"'), REQUEST);
    expect(error).toMatchObject({ code: 'input-invalid', retryable: false });
    expect(error.message).not.toContain('Jane');
  });

  it.each(['HANDSHAKE_SSL_ERROR', 'ERR_TLS_CERT_ALTNAME_INVALID', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED'])(
    'tells of the certificate in %s',
    (code) => {
      expect(sourceError(thrown({ code }), REQUEST)).toMatchObject({
        code: 'source-refused',
        message: expect.stringContaining('certificate'),
      });
    },
  );

  it.each([{ code: '28P01' }, { code: '3D000' }, { code: 'ER_ACCESS_DENIED_ERROR', sqlState: '28000' }])(
    'says that %p was refused',
    (fields) => {
      expect(sourceError(thrown(fields), REQUEST)).toMatchObject({ code: 'source-refused', retryable: false });
    },
  );

  it.each([{ code: '57014' }, { errno: 1969, sqlState: '70100' }, { errno: 3024, sqlState: 'HY000' }])(
    'tells of the timeout in %p',
    (fields) => {
      expect(sourceError(thrown(fields), REQUEST)).toMatchObject({
        retryable: false,
        message: expect.stringContaining('statement timeout'),
      });
    },
  );

  it('lets an error of our own pass', () => {
    const own = new SourceUnavailableError(REQUEST, 'it is away');
    expect(sourceError(own, 'another request')).toBe(own);
  });
});
