import type { DynamicModule } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { LoggerModule } from 'nestjs-pino';
import type { Options } from 'pino-http';
import { scrub } from '../secrets/secret';
import { currentLogContext } from './log-context';
import { formatLine, levelName, logFields, type LogFormat } from './log-line';
import { loggingConfig } from './logging.config';

/** pino to stdout: one line a record. */
export const loggingModule = (): DynamicModule =>
  LoggerModule.forRootAsync({
    inject: [loggingConfig.KEY],
    useFactory: ({ level, format }: ConfigType<typeof loggingConfig>) => ({
      pinoHttp: { ...pinoOptions(level, format), ...requestOptions },
    }),
  });

/** What makes our lines: the context of the work, every known secret cut out, and the format that was asked for. */
export const pinoOptions = (level: string, format: LogFormat): Options => ({
  level,
  base: null,
  timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
  formatters: { level: (label) => ({ level: levelName(label) }), log: logFields },
  messageKey: 'message',
  mixin: () => currentLogContext(),
  hooks: { streamWrite: (line) => formatLine(format, scrub(line)) },
});

const requestOptions: Options = {
  // Paths may hold names of files and tables but never a query text: queries can hold patient values.
  serializers: {
    req: (request: { id: string; method: string; url: string }) => ({
      id: request.id,
      method: request.method,
      path: request.url.split('?')[0],
    }),
    res: (response: { statusCode: number }) => ({ status: response.statusCode }),
  },
  customLogLevel: (_request, response, error) => (error || response.statusCode >= 500 ? 'error' : 'debug'),
};
