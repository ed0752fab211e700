import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a run proved of what it published. */
export class AddRunManifest1764000000080 implements MigrationInterface {
  readonly name = 'AddRunManifest1764000000080';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table tributary.run add column manifest json`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward; restore a backup to go back.'));
  }
}
