/** A backup and its restore beside bare `pg_dump` and `pg_restore` of the same tables. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { backupConfig, BackupKeeper, BackupModule, BackupRestorer, BACKUP_TASKS, type BackupControl } from '@app/backup';
import { JobsModule, jobsConfig } from '@app/jobs';
import {
  configModule,
  ControlDatabaseModule,
  databaseConfig,
  objectStoreConfig,
  redisConfig,
  SecretsModule,
  secretsConfig,
  StagingModule,
  toLibpqEnvironment,
  toPoolConfig,
} from '@app/platform';
import { Pool } from 'pg';
import { median, peakMiB, report, seconds } from './measure';

const ROWS = Number(process.env['BENCH_ROWS'] ?? 1_000_000);
const ROUNDS = 5;
const run = promisify(execFile);

/** The columns of the load benchmark, and what a restore has to build beside them. */
const FILL = `create table bench_backup as select i::bigint as id,
    ${Array.from({ length: 6 }, (_, k) => `(i * ${k + 7919}) % 1000003 as n${k}`).join(', ')},
    ${Array.from({ length: 8 }, (_, k) => `'value ' || (i * ${k + 7}) % 100003 as t${k}`).join(', ')},
    ${Array.from({ length: 3 }, (_, k) => `date '2020-01-01' + ((i * ${k + 1}) % 2000)::int as d${k}`).join(', ')},
    i % 3 = 0 as b0, i / 7.0::float8 as f0 from generate_series(1::bigint, ${ROWS}) i;
  alter table bench_backup add primary key (id)`;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  Object.assign(process.env, { POSTGRES_DUMP_PATH: join(folder, 'dumps'), OBJECT_STORE_URL: pathToFileURL(join(folder, 'store')).href });
  const { warehouse } = databaseConfig.read();
  const env = { ...process.env, ...toLibpqEnvironment(warehouse) };
  const pool = new Pool(toPoolConfig(warehouse));
  const app = await NestFactory.createApplicationContext(benchModule(), { logger: false });
  try {
    await pool.query(`drop table if exists bench_backup; ${FILL}`);
    const [keeper, restorer] = [app.get(BackupKeeper), app.get(BackupRestorer)];
    const times: Times = { dump: [], fastDump: [], backup: [], bareRestore: [], replacing: [], restore: [], whole: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      // Names of its own, so that no round pays for replacing the files of the last.
      const [name, bareFile] = [`bench ${round}`, join(folder, `bare-${round}`)];
      const pgDump = (...options: readonly string[]): Promise<number> =>
        seconds(() => run('pg_dump', ['-Fc', '-O', '-n', 'public', ...options], { env }));
      const pgRestore = (...options: readonly string[]): Promise<number> =>
        seconds(() => run('pg_restore', ['-O', '-n', 'public', ...options, '-d', warehouse.database, bareFile], { env }));
      times.dump.push(await pgDump('-f', `${bareFile}-default`));
      times.fastDump.push(await pgDump('-Z1', '-f', bareFile));
      times.backup.push(await seconds(() => keeper.backUp(name, 'request', control)));
      await pool.query('drop table bench_backup; checkpoint');
      times.bareRestore.push(await pgRestore());
      await pool.query('checkpoint');
      times.replacing.push(await pgRestore('--clean', '--if-exists', '--single-transaction'));
      await pool.query('checkpoint');
      const phases = await restorePhases(restorer, name);
      times.restore.push(phases.withoutSafety);
      times.whole.push(phases.whole);
    }
    show(times);
    report('peak memory of this process', `${peakMiB('self')} MiB`, 'target 300 MiB');
  } finally {
    await pool.query('drop table if exists bench_backup');
    await app.close();
    await pool.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Times = Record<'dump' | 'fastDump' | 'backup' | 'bareRestore' | 'replacing' | 'restore' | 'whole', number[]>;

function show(times: Times): void {
  const line = (what: string, measured: keyof Times, remark: string): void =>
    report(what, `${median(times[measured]).toFixed(2)} s`, remark);
  const ratio = (ours: keyof Times, theirs: keyof Times): string => `${(median(times[ours]) / median(times[theirs])).toFixed(2)} x`;
  line(`pg_dump -Fc, ${ROWS} rows x 19 columns and an index`, 'dump', 'baseline 1.00');
  line('pg_dump -Fc -Z1, the same work as a backup', 'fastDump', 'baseline 1.00');
  line(
    'backup: dumped, counted, listed, checksummed, stored',
    'backup',
    `${ratio('backup', 'dump')} of pg_dump, ${ratio('backup', 'fastDump')} of pg_dump -Z1 (target 1.05)`,
  );
  line('pg_restore into a database that was cleared before', 'bareRestore', 'baseline 1.00');
  line('pg_restore --clean --single-transaction, which replaces', 'replacing', 'baseline 1.00');
  line(
    'restore: checked, cleared and replaced in one transaction',
    'restore',
    `${ratio('restore', 'bareRestore')} of the first, ${ratio('restore', 'replacing')} of the second (target 1.10)`,
  );
  line('the same with its safety backup', 'whole', ratio('whole', 'bareRestore'));
}

const control: BackupControl = { signal: new AbortController().signal, progress: () => undefined };

/** Seconds of a restore, and of it without the safety backup, which says alone that it does not know how much there is to do. */
async function restorePhases(restorer: BackupRestorer, name: string): Promise<{ whole: number; withoutSafety: number }> {
  let safetyBegan = 0;
  let safetyEnded = 0;
  const progress: BackupControl['progress'] = ({ total }) => {
    if (total === null) safetyBegan ||= performance.now();
    else safetyEnded ||= performance.now();
  };
  const whole = await seconds(() => restorer.restore(name, { ...control, progress }));
  return { whole, withoutSafety: whole - (safetyEnded - safetyBegan) / 1000 };
}

/** A worker without pipelines. */
function benchModule(): new () => object {
  @Module({
    imports: [
      configModule([databaseConfig, redisConfig, objectStoreConfig, secretsConfig, jobsConfig, backupConfig]),
      SecretsModule,
      StagingModule,
      ControlDatabaseModule,
      ScheduleModule.forRoot(),
      JobsModule.worker(BACKUP_TASKS),
      BackupModule.worker(),
    ],
  })
  class BenchModule {}
  return BenchModule;
}

void main();
