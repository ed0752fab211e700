import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The backup a run takes before it publishes, by name: what a rollback of the run restores. */
export class AddRunBackup1764000000020 implements MigrationInterface {
  readonly name = 'AddRunBackup1764000000020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table tributary.run add column backup_name text`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward; restore a backup to go back.'));
  }
}
