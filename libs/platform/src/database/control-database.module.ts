import { setTimeout as delay } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { TypeOrmModule } from '@nestjs/typeorm';
import { isTransientDatabaseError } from '../errors/failure';
import { ControlDatabaseHealth } from './control-database.health';
import { controlDatabaseOptions, migrateControlDatabase } from './control-database';
import { databaseConfig } from './database.config';

const CONNECT_ATTEMPTS = 30;
const CONNECT_RETRY_MS = 1_000;

/** Waits for the control database, brings its schema up to date, and connects TypeORM to it. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [databaseConfig.KEY],
      useFactory: async ({ control, poolSize }: ConfigType<typeof databaseConfig>) => {
        await whenReachable(() => migrateControlDatabase(control));
        return { ...controlDatabaseOptions(control, poolSize), autoLoadEntities: true, retryAttempts: 0 };
      },
    }),
  ],
  providers: [ControlDatabaseHealth],
  exports: [ControlDatabaseHealth],
})
export class ControlDatabaseModule {}

/** A database that starts together with us is not a reason to fail. */
const whenReachable = async (work: () => Promise<void>): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (attempt === CONNECT_ATTEMPTS || !isTransientDatabaseError(error)) throw error;
      await delay(CONNECT_RETRY_MS);
    }
  }
};
