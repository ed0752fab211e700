import 'reflect-metadata';
import { setFlagsFromString } from 'node:v8';
import { NestFactory } from '@nestjs/core';
import { Logger } from 'nestjs-pino';
import { exitOnStartFailure } from '@app/platform';
import { WorkerModule } from './worker.module';

/**
 * Bytes under way count as heap, which is small beside them: by default it would be collected a dozen times a second while a worker
 * streams, at half of its processor time. Percent that the heap may grow by until then.
 */
setFlagsFromString('--heap-growing-percent=150');

void exitOnStartFailure(async () => {
  const app = await NestFactory.createApplicationContext(WorkerModule, { bufferLogs: true });
  app.useLogger(app.get(Logger));
  app.enableShutdownHooks(undefined, { useProcessExit: true });
  await app.init();
});
