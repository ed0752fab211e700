import { Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { TypeOrmModule } from '@nestjs/typeorm';
import { isTransientDatabaseError } from '../errors/failure';
import { retry } from '../retry/retry';
import { ControlDatabaseHealth } from './control-database.health';
import { controlDatabaseOptions, migrateControlDatabase } from './control-database';
import { databaseConfig } from './database.config';

/** A database that starts together with us is not a reason to fail. */
const CONNECT = {
  name: 'connecting to the control database',
  maxAttempts: 30,
  baseDelayMs: 1_000,
  exponentialBase: 1,
  retryOn: isTransientDatabaseError,
  wrapLast: false,
};

/** Waits for the control database, brings its schema up to date, and connects TypeORM to it. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [databaseConfig.KEY],
      useFactory: async ({ control, poolSize }: ConfigType<typeof databaseConfig>) => {
        await retry(() => migrateControlDatabase(control), CONNECT);
        return { ...controlDatabaseOptions(control, poolSize), autoLoadEntities: true, retryAttempts: 0 };
      },
    }),
  ],
  providers: [ControlDatabaseHealth],
  exports: [ControlDatabaseHealth],
})
export class ControlDatabaseModule {}
