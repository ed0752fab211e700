import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Versions of schemas and of transformations. They are added and never changed, which a trigger sees to. */
export class CreateRegistries1764000000070 implements MigrationInterface {
  readonly name = 'CreateRegistries1764000000070';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table tributary.schema_version (
        schema_name varchar(255) not null,
        version int not null check (version > 0),
        columns json not null,
        description text,
        created_by text not null,
        created_at timestamptz not null default now(),
        primary key (schema_name, version)
      )`);
    await runner.query(`
      create table tributary.transformation_version (
        transformation_id varchar(255) not null,
        version int not null check (version > 0),
        type text not null,
        body json not null,
        description text,
        created_by text not null,
        created_at timestamptz not null default now(),
        primary key (transformation_id, version)
      )`);
    await runner.query(`
      create function tributary.refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception 'versions in % are never changed', tg_table_name;
      end $$`);
    for (const table of ['schema_version', 'transformation_version']) {
      await runner.query(`
        create trigger ${table}_is_final before update or delete on tributary.${table}
        for each row execute function tributary.refuse_change()`);
    }
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward; restore a backup to go back.'));
  }
}
