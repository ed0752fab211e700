import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pipeline definitions (versions are immutable) and their runs. */
export class CreateRuns1764000000001 implements MigrationInterface {
  readonly name = 'CreateRuns1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table tributary.definition (
        name text not null,
        version int not null check (version > 0),
        document json not null,
        checksum text not null,
        created_at timestamptz not null default now(),
        created_by text not null,
        primary key (name, version)
      )`);
    await runner.query(`
      create table tributary.run (
        id uuid primary key,
        seq bigint generated always as identity,
        definition_name text not null,
        definition_version int not null,
        parameters jsonb not null default '{}',
        full_extract boolean not null default false,
        dry_run boolean not null default false,
        trigger text not null,
        task_id uuid not null,
        tables jsonb,
        issues jsonb,
        report jsonb,
        lineage jsonb,
        created_at timestamptz not null default now(),
        idempotency_key text unique,
        foreign key (definition_name, definition_version) references tributary.definition (name, version)
      )`);
    await runner.query(`create index run_recent on tributary.run (definition_name, seq desc)`);
    await runner.query(`
      create table tributary.run_stage (
        run_id uuid not null references tributary.run (id) on delete cascade,
        stage text not null,
        ordinal int not null,
        status text not null check (status in ('running', 'succeeded', 'failed')),
        rows bigint,
        bytes bigint,
        duration_ms bigint not null default 0,
        started_at timestamptz not null default now(),
        ended_at timestamptz,
        primary key (run_id, stage)
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward; restore a backup to go back.'));
  }
}
