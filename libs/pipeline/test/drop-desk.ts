import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Unit } from '@app/ingestion';
import { controlDatabaseOptions, objectStoreConfig, openBucket, parseDatabaseUrl, type ObjectStore } from '@app/platform';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { DataSource } from 'typeorm';
import { definitionSchema, type PipelineDefinition } from '../src/definitions/definition';
import { DropClaims } from '../src/drops/drop-claims';
import { DropCopies } from '../src/drops/drop-copies';
import { DropLedger } from '../src/drops/drop-ledger';
import { DropUnits } from '../src/drops/drop-units';
import { DropAttemptEntity, DropObjectEntity } from '../src/drops/drop.entity';
import { RunEntity } from '../src/runs/run.entity';

export const BUCKET = 'drops';
const FOLDER = 'client/orchard/';

export interface RunOptions {
  readonly dryRun?: boolean;
  readonly replay?: string;
}

/** The keeper of the drops' ledger with a database and a folder store of its own; the test is the engine. */
export class DropDesk {
  private constructor(
    readonly database: TestDatabase,
    readonly dataSource: DataSource,
    readonly units: DropUnits,
    readonly store: ObjectStore,
    private readonly root: string,
  ) {}

  static async open(): Promise<DropDesk> {
    const database = await createTestDatabase();
    const root = await mkdtemp(join(tmpdir(), 'drop-desk-'));
    const dataSource = await new DataSource({
      ...controlDatabaseOptions(parseDatabaseUrl(database.url), 5),
      entities: [RunEntity, DropObjectEntity, DropAttemptEntity],
    }).initialize();
    const settings = objectStoreConfig.read({ OBJECT_STORE_URL: pathToFileURL(root).href });
    const ledger = new DropLedger(dataSource.getRepository(DropObjectEntity), dataSource.getRepository(DropAttemptEntity));
    const units = new DropUnits(ledger, new DropClaims(dataSource), new DropCopies(settings), dataSource.getRepository(RunEntity));
    return new DropDesk(database, dataSource, units, openBucket(settings, BUCKET), root);
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await this.database.drop();
    await rm(this.root, { recursive: true });
  }

  /** Everything is new again. */
  async clear(): Promise<void> {
    await this.database.pool.query(
      'truncate tributary.drop_object, tributary.drop_attempt, tributary.drop_claim, tributary.run, tributary.task cascade',
    );
    await rm(join(this.root, BUCKET), { recursive: true, force: true });
  }

  definition(config: Readonly<Record<string, unknown>> = {}): PipelineDefinition {
    const settings = { bucket: BUCKET, source: 'client', directory: 'orchard', destination: 'processed', truncate: true, ...config };
    return definitionSchema.parse({ name: 'orchard', source: { kind: 'drop', config: settings }, target: { schema: 'orchard' } });
  }

  /** Puts an object at a time of 1 March 2025 and describes it as the source would. */
  async put(name: string, time: string, content = name): Promise<Unit> {
    const path = join(this.root, BUCKET, FOLDER, name);
    const lastModified = new Date(`2025-03-01T${time}:00Z`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    await utimes(path, lastModified, lastModified);
    return this.unit(name, lastModified, content);
  }

  async run({ dryRun = false, replay }: RunOptions = {}): Promise<RunEntity> {
    const [id, taskId] = [randomUUID(), randomUUID()];
    await this.database.pool.query(
      `insert into tributary.task (id, name, display_name, description, queue, payload, max_attempts, timeout_ms, status)
       values ($1, 'run-pipeline', 'run-pipeline', '', 'pipeline', '{}', 1, 1, 'started')`,
      [taskId],
    );
    await this.database.pool.query(`insert into tributary.definition values ('orchard', 1, '{}', '', now(), '') on conflict do nothing`);
    await this.database.pool.query(
      `insert into tributary.run (id, definition_name, definition_version, parameters, dry_run, trigger, task_id) values ($1, 'orchard', 1, $2, $3, 'api', $4)`,
      [id, JSON.stringify(replay === undefined ? {} : { replay }), dryRun, taskId],
    );
    return this.dataSource.getRepository(RunEntity).findOneByOrFail({ id });
  }

  /** Ends a run's task, which ends its claim too. */
  async end({ taskId }: RunEntity): Promise<void> {
    await this.database.pool.query(`update tributary.task set status = 'finished' where id = $1`, [taskId]);
  }

  async states(): Promise<Record<string, string>> {
    const { rows } = await this.database.pool.query<{ key: string; state: string }>(
      'select key, state from tributary.drop_object order by seq',
    );
    return Object.fromEntries(rows.map(({ key, state }) => [key.slice(FOLDER.length), state]));
  }

  async attempts(run: RunEntity): Promise<Pick<DropAttemptEntity, 'outcome' | 'finding' | 'reason' | 'tables' | 'copiedTo'>[]> {
    return this.dataSource.getRepository(DropAttemptEntity).find({ where: { runId: run.id }, order: { ordinal: 'ASC' } });
  }

  /** Whether a key of the bucket holds an object. */
  holds(key: string): Promise<boolean> {
    return access(join(this.root, BUCKET, key)).then(
      () => true,
      () => false,
    );
  }

  private unit(name: string, lastModified: Date, content: string): Unit {
    const key = `${FOLDER}${name}`;
    const etag = createHash('sha256').update(content).digest('hex');
    return {
      id: createHash('sha256').update(`${key}:${etag}`).digest('hex'),
      name: key,
      position: `${lastModified.toISOString()} ${key}`,
      token: { bucket: BUCKET, key, etag, sizeBytes: content.length, lastModified: lastModified.toISOString() },
    };
  }
}
