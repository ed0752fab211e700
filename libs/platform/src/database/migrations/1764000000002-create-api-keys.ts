import type { MigrationInterface, QueryRunner } from 'typeorm';

/** API keys: only a SHA-256 of the key is kept, a key has 256 random bits, so a slow hash would add nothing. */
export class CreateApiKeys1764000000002 implements MigrationInterface {
  readonly name = 'CreateApiKeys1764000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table tributary.api_key (
        id uuid primary key,
        name text not null,
        role text not null check (role in ('viewer', 'operator', 'admin')),
        key_sha256 text not null unique,
        created_at timestamptz not null default now(),
        revoked_at timestamptz
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward; restore a backup to go back.'));
  }
}
