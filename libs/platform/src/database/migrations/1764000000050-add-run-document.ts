import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs of pipelines that were sent along instead of being named, runs of some stages only, and the units of a run. */
export class AddRunDocument1764000000050 implements MigrationInterface {
  readonly name = 'AddRunDocument1764000000050';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table tributary.run drop constraint run_definition_name_definition_version_fkey`);
    await runner.query(`
      alter table tributary.run
        add column document json,
        add column stages text[],
        add column units jsonb,
        add constraint run_document check ((definition_version = 0) = (document is not null))`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward; restore a backup to go back.'));
  }
}
