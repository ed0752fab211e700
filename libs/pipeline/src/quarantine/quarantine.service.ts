import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { TaskService } from '@app/jobs';
import { postgresType } from '@app/persistence';
import { RequestInvalidError, type RequestFault } from '@app/platform';
import { valueTypeOf } from '@app/validation';
import { DataSource } from 'typeorm';
import { DefinitionService } from '../definitions/definition.service';
import { QuarantineNotFoundError, QuarantineNotWaitingError } from './quarantine.errors';
import { QuarantineRows, type QuarantineFilter, type QuarantineView } from './quarantine-rows';
import { replayQuarantineTask } from './replay-quarantine.task';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A value as people write it in JSON. */
export type EditedValue = string | number | boolean | null;

/** What people do with quarantined rows. */
@Injectable()
export class QuarantineService {
  constructor(
    private readonly rows: QuarantineRows,
    private readonly definitions: DefinitionService,
    private readonly tasks: TaskService,
    @InjectDataSource() private readonly database: DataSource,
  ) {}

  /** Newest first. */
  list(filter: QuarantineFilter, limit: number, offset: number): Promise<{ total: number; rows: QuarantineView[] }> {
    return this.rows.list(filter, limit, offset);
  }

  /** @throws {QuarantineNotFoundError} */
  async get(id: string): Promise<QuarantineView> {
    const found = UUID.test(id) ? await this.rows.find(id) : null;
    if (!found) throw new QuarantineNotFoundError(id);
    return found;
  }

  /**
   * Queues the replay of one row, with the given values in place of its own; returns the task's id. Values are kept with the row,
   * also when it is refused once more.
   * @throws {QuarantineNotFoundError | QuarantineNotWaitingError | RequestInvalidError} with nothing queued
   */
  async requestReplay(id: string, values: Readonly<Record<string, EditedValue>> = {}): Promise<string> {
    const row = await this.get(id);
    if (row.state !== 'waiting') throw new QuarantineNotWaitingError(id, row.state);
    const edits = editsOf(row, values);
    const taskId = await this.database.transaction(async (manager) => {
      await this.rows.edit(id, edits, manager);
      const description = `replay of a quarantined row of table ${row.tableName}`;
      return this.tasks.create(replayQuarantineTask, { definition: row.definitionName, id }, { description, manager });
    });
    await this.tasks.announce(taskId, replayQuarantineTask);
    return taskId;
  }

  /** Queues the replay of all waiting rows of a definition, or of one of its tables. @throws {DefinitionNotFoundError} */
  async requestReplayOfAll(definition: string, table?: string): Promise<string> {
    const { total } = await this.rows.list({ definition }, 1, 0);
    if (total === 0) await this.definitions.get(definition);
    const description = `replay of the quarantined rows of pipeline ${definition}`;
    const taskId = await this.tasks.create(replayQuarantineTask, { definition, ...(table !== undefined && { table }) }, { description });
    await this.tasks.announce(taskId, replayQuarantineTask);
    return taskId;
  }
}

/** Values as PostgreSQL takes them. @throws {RequestInvalidError} with every fault */
function editsOf(
  { columns }: Pick<QuarantineView, 'columns'>,
  values: Readonly<Record<string, EditedValue>>,
): Record<string, string | null> {
  const faults: RequestFault[] = [];
  const fault = (name: string, msg: string): void => void faults.push({ type: 'value_error', loc: ['body', 'values', name], msg });
  const edits = Object.entries(values).map(([name, value]): [string, string | null] => {
    const column = columns.find((candidate) => candidate.name === name);
    if (!column) fault(name, 'the row has no such column');
    if (!column || value === null) return [name, null];
    const type = valueTypeOf(postgresType(column.type), { nullTokensInText: false, isoDates: true, negativeIntegers: true });
    const parsed = type.parse(String(value));
    if (parsed === undefined) fault(name, type.message.replace('{place}', 'the value'));
    return [name, parsed ?? null];
  });
  if (faults.length > 0) throw new RequestInvalidError(faults);
  return Object.fromEntries(edits);
}
