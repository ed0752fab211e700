import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The drops that were seen and what became of each, what each run did with them, and which run works on a definition's drops. */
export class CreateDrops1764000000060 implements MigrationInterface {
  readonly name = 'CreateDrops1764000000060';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table tributary.drop_object (
        id uuid primary key default gen_random_uuid(),
        seq bigint generated always as identity,
        config_id text not null,
        bucket text not null,
        key text not null,
        etag text not null,
        size_bytes bigint not null,
        last_modified timestamptz not null,
        sha256 text,
        state text not null check (state in ('DISCOVERED', 'CLAIMED', 'LOADED', 'MARKED', 'REJECTED', 'SUPERSEDED')),
        unit_id text,
        run_id uuid,
        attempt integer not null default 0,
        discovered_at timestamptz not null default now(),
        changed_at timestamptz not null default now(),
        unique (config_id, bucket, key, etag)
      )`);
    await runner.query(`create index drop_object_age on tributary.drop_object (config_id, last_modified, key)`);
    await runner.query(`
      create table tributary.drop_attempt (
        run_id uuid not null,
        drop_id uuid not null references tributary.drop_object on delete cascade,
        ordinal integer not null,
        outcome text not null check (outcome in ('waiting', 'working', 'loaded', 'rejected', 'superseded', 'interrupted')),
        finding text,
        reason text,
        members jsonb not null default '[]',
        tables jsonb not null default '[]',
        copied_to text,
        began_at timestamptz,
        ended_at timestamptz,
        primary key (run_id, drop_id)
      )`);
    await runner.query(`create index drop_attempt_drop on tributary.drop_attempt (drop_id)`);
    await runner.query(`create table tributary.drop_claim (config_id text primary key, run_id uuid not null)`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward; restore a backup to go back.'));
  }
}
