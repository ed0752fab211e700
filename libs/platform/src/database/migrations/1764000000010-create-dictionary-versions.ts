import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Data dictionaries as they changed. The content is in the object store; here is what tells versions apart. */
export class CreateDictionaryVersions1764000000010 implements MigrationInterface {
  readonly name = 'CreateDictionaryVersions1764000000010';

  async up(runner: QueryRunner): Promise<void> {
    // No reference to the run: a version outlives the run that brought it.
    await runner.query(`
      create table tributary.dictionary_version (
        pipeline text not null,
        version int not null check (version > 0),
        checksum text not null,
        entries int not null,
        object_key text not null,
        run_id uuid not null,
        created_at timestamptz not null default now(),
        accepted_at timestamptz,
        primary key (pipeline, version)
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward; restore a backup to go back.'));
  }
}
