import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was noticed in uploads that were taken; gone with the task that loads them. */
export class CreateUploadReports1764000000031 implements MigrationInterface {
  readonly name = 'CreateUploadReports1764000000031';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table tributary.upload_report (
        task_id uuid primary key references tributary.task (id) on delete cascade,
        table_name text not null,
        rows bigint not null,
        warnings bigint not null,
        findings jsonb not null
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward; restore a backup to go back.'));
  }
}
