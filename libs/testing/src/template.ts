import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrateControlDatabase, parseDatabaseUrl } from '@app/platform';
import { Client, escapeIdentifier } from 'pg';

/** What a template's content depends on; a change there makes another template. */
const SCHEMA_SOURCES = join(__dirname, '../../platform/src/database');

/** Taken on the server while a template is made. An arbitrary constant of this project. */
const TEMPLATE_LOCK = 7_241_002;

/** Names the migrated template of the server behind `admin`, made by whichever test file asks first. */
export async function migratedTemplate(admin: Client, serverUrl: string): Promise<string> {
  const name = `tributary_template_${schemaFingerprint()}`;
  await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const found = await admin.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) await makeTemplate(admin, serverUrl, name);
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
  return name;
}

/** The same server, another database. */
export function withDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

// Made under another name and renamed when whole: a killed test run leaves no half-migrated template behind.
async function makeTemplate(admin: Client, serverUrl: string, name: string): Promise<void> {
  const making = `${name}_new`;
  await admin.query(`drop database if exists ${escapeIdentifier(making)} with (force)`);
  await admin.query(`create database ${escapeIdentifier(making)}`);
  await migrateControlDatabase(parseDatabaseUrl(withDatabase(serverUrl, making)));
  await admin.query(`alter database ${escapeIdentifier(making)} rename to ${escapeIdentifier(name)}`);
}

function schemaFingerprint(): string {
  const hash = createHash('sha256');
  const files = readdirSync(SCHEMA_SOURCES, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('spec.ts'),
  );
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(SCHEMA_SOURCES, file)));
  return hash.digest('hex').slice(0, 12);
}
