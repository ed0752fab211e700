import type { DynamicModule } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { LoggerModule } from 'nestjs-pino';
import type { Options } from 'pino-http';
import { scrub } from '../secrets/secret';
import { currentLogContext } from './log-context';
import { loggingConfig } from './logging.config';

/** pino to stdout: one JSON object a line, with run, task and correlation ids, and every known secret cut out. */
export const loggingModule = (): DynamicModule =>
  LoggerModule.forRootAsync({
    inject: [loggingConfig.KEY],
    useFactory: ({ level, format }: ConfigType<typeof loggingConfig>) => ({
      pinoHttp: { ...pinoOptions(level, format), ...requestOptions },
    }),
  });

const pinoOptions = (level: string, format: string): Options => ({
  level,
  base: null,
  timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
  formatters: { level: (label) => ({ level: label.toUpperCase() }) },
  messageKey: 'message',
  mixin: () => currentLogContext(),
  hooks: { streamWrite: scrub },
  ...(format !== 'json' && {
    transport: {
      target: 'pino-pretty',
      options: { colorize: format === 'console', singleLine: true, messageKey: 'message', timestampKey: 'timestamp' },
    },
  }),
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
