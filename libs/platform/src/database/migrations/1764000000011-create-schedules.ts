import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people changed about schedules, how far workers have looked, and every firing that was due. */
export class CreateSchedules1764000000011 implements MigrationInterface {
  readonly name = 'CreateSchedules1764000000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table tributary.schedule (
        definition text primary key,
        paused boolean not null default false,
        cron text,
        time_zone text,
        looked_at timestamptz not null,
        changed_by text,
        changed_at timestamptz,
        check (cron is not null or time_zone is null)
      )`);
    await runner.query(`
      create table tributary.schedule_firing (
        definition text not null,
        fires_at timestamptz not null,
        outcome text not null check (outcome in ('fired', 'missed')),
        reason text,
        run_id uuid,
        recorded_at timestamptz not null default now(),
        primary key (definition, fires_at),
        check ((outcome = 'missed') = (reason is not null))
      )`);
    await runner.query(
      `create index schedule_firing_unstarted on tributary.schedule_firing (definition) where outcome = 'fired' and run_id is null`,
    );
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward; restore a backup to go back.'));
  }
}
