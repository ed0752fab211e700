import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tasks are rows first and queue jobs second; workers say here that they live. */
export class CreateTasks1764000000000 implements MigrationInterface {
  readonly name = 'CreateTasks1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table tributary.task (
        id uuid primary key,
        seq bigint generated always as identity,
        name text not null,
        display_name text not null,
        description text not null,
        queue text not null,
        payload jsonb not null,
        exclusive_locks text[] not null default '{}',
        shared_locks text[] not null default '{}',
        status text not null default 'queued' check (status in ('queued', 'started', 'finished', 'failed', 'canceled')),
        progress jsonb,
        result jsonb,
        error jsonb,
        attempt int not null default 0,
        max_attempts int not null,
        recoveries int not null default 0,
        timeout_ms bigint not null,
        available_at timestamptz not null default now(),
        created_at timestamptz not null default now(),
        enqueued_at timestamptz,
        started_at timestamptz,
        ended_at timestamptz,
        cancel_requested_at timestamptz,
        lock_wait_since timestamptz,
        owner uuid,
        lease_until timestamptz,
        idempotency_key text unique
      )`);
    await runner.query(`create index task_open on tributary.task (seq) where status in ('queued', 'started')`);
    await runner.query(`create index task_ended on tributary.task (ended_at) where status not in ('queued', 'started')`);
    await runner.query(`
      create table tributary.worker (
        id uuid primary key,
        host text not null,
        pid int not null,
        concurrency int not null,
        queues text[] not null,
        started_at timestamptz not null default now(),
        heartbeat_at timestamptz not null default now(),
        tasks_succeeded bigint not null default 0,
        tasks_failed bigint not null default 0
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward; restore a backup to go back.'));
  }
}
