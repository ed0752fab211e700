import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Rows that a run refused and set aside, with all their values: patients' records, read through the API only. `claim` is the
 * publication that a replay writes the row with; a claimed row does not change until that is known to have happened or not.
 */
export class CreateQuarantine1764000000030 implements MigrationInterface {
  readonly name = 'CreateQuarantine1764000000030';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table tributary.quarantine (
        id uuid primary key,
        seq bigint generated always as identity,
        run_id uuid not null,
        publication text not null,
        definition_name text not null,
        table_name text not null,
        columns jsonb not null,
        row jsonb not null,
        edits jsonb not null default '{}',
        rule text not null,
        message text not null,
        part text not null,
        line bigint not null,
        column_name text,
        renewed boolean not null,
        state text not null default 'waiting' check (state in ('waiting', 'replayed')),
        claim uuid,
        created_at timestamptz not null default now(),
        replayed_at timestamptz
      )`);
    await runner.query(`create index quarantine_recent on tributary.quarantine (definition_name, table_name, seq desc)`);
    await runner.query(`create index quarantine_claim on tributary.quarantine (claim) where claim is not null`);
    await runner.query(`revoke all on tributary.quarantine from public`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward; restore a backup to go back.'));
  }
}
