import { Writable } from 'node:stream';
import { pino } from 'pino';
import { withLogContext } from './log-context';
import type { LogFormat } from './log-line';
import { pipelineScope, stageScope, taskScope } from './log-scope';
import { pinoOptions } from './logging.module';

const logTo = (lines: string[], format: LogFormat = 'json', level = 'info') => {
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return pino(pinoOptions(level, format), sink);
};

const parsed = (line: string | undefined) => JSON.parse(line ?? '{}') as Record<string, unknown>;

describe('log lines', () => {
  it('carry the context of pipeline, stage and task, and none after them (C-89)', async () => {
    const lines: string[] = [];
    const log = logTo(lines);
    const logger = { log: (text: unknown) => log.info(text), error: (text: unknown) => log.error(text) };
    await withLogContext({ correlationId: 'c-1' }, () =>
      taskScope(logger, 't-1', () =>
        pipelineScope(logger, 'garden', () =>
          stageScope(logger, 'extract', () => {
            log.info({ rows: 5, context: 'Extract' }, 'read');
            return Promise.resolve();
          }),
        ),
      ),
    );
    log.info('afterwards');
    const found = lines.map(parsed);
    expect(found.map(({ message }) => message)).toEqual([
      'Task started: t-1',
      'Pipeline started: garden',
      'Pipeline stage started: extract',
      'read',
      'Pipeline stage completed: extract',
      'Pipeline completed: garden',
      'Task completed: t-1',
      'afterwards',
    ]);
    expect(found[3]).toMatchObject({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'INFO',
      logger: 'Extract',
      correlation_id: 'c-1',
      pipeline_id: 'garden',
      pipeline_stage: 'extract',
      task_id: 't-1',
      extra: { rows: 5 },
    });
    expect(found[7]).toMatchObject({ correlation_id: 'N/A', pipeline_id: 'N/A', pipeline_stage: 'N/A', task_id: 'N/A' });
    expect(found[7]).not.toHaveProperty('extra');
  });

  it('say which scope failed, and hand the error on', async () => {
    const lines: string[] = [];
    const log = logTo(lines);
    const logger = { log: (text: unknown) => log.info(text), error: (text: unknown) => log.error(text) };
    await expect(stageScope(logger, 'load', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(parsed(lines[1])).toMatchObject({ level: 'ERROR', message: 'Pipeline stage failed: load' });
  });

  it('hold an error without its own words, and names that would clash below extra', () => {
    const lines: string[] = [];
    logTo(lines).warn({ err: new TypeError('Jane Doe'), name: 'x', level: 'y' }, 'trouble');
    expect(parsed(lines[0])).toMatchObject({
      level: 'WARNING',
      message: 'trouble',
      exception: { kind: 'TypeError' },
      extra: { name: 'x', level: 'y' },
    });
    expect(lines[0]).not.toContain('Jane');
  });

  it('read as text with fixed columns', () => {
    const lines: string[] = [];
    withLogContext({ pipelineId: 'p', stage: 'load' }, () => logTo(lines, 'text').info({ context: 'Publisher', rows: 1 }, 'done'));
    expect(lines[0]).toMatch(
      /^\S+Z \| INFO {4} \| correlation_id=N\/A \| pipeline_id=p \| stage=load \| task_id=N\/A \| Publisher \| done \{"rows":1\}\n$/,
    );
  });

  it('are coloured and short on a console', () => {
    const lines: string[] = [];
    withLogContext({ correlationId: '0123456789', pipelineId: 'p' }, () => logTo(lines, 'console').error('broke'));
    expect(lines[0]).toContain('\u001b[31mERROR   \u001b[0m cid=01234567 pid=p N/A: broke');
  });
});
