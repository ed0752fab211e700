import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Carries a request’s correlation id over to the worker that does the task. */
export class AddTaskCorrelation1764000000040 implements MigrationInterface {
  readonly name = 'AddTaskCorrelation1764000000040';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table tributary.task add column correlation_id text`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward; restore a backup to go back.'));
  }
}
