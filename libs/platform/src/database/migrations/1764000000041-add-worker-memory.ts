import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets a worker say how much memory it uses. */
export class AddWorkerMemory1764000000041 implements MigrationInterface {
  readonly name = 'AddWorkerMemory1764000000041';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table tributary.worker add column rss_bytes bigint`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward; restore a backup to go back.'));
  }
}
