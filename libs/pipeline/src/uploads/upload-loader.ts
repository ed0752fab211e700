import { Injectable, Logger } from '@nestjs/common';
import type { TaskControl, TaskPayload } from '@app/jobs';
import { TableUpdater, type TableChange } from '@app/persistence';
import { AppError, loggable } from '@app/platform';
import { loadUploadTask, UPLOAD_SCHEMA } from './load-upload.task';
import { UploadCorruptError } from './upload.errors';
import { UploadStore } from './upload-store';

type Payload = TaskPayload<typeof loadUploadTask>;

/** Writes checked uploads into their tables. */
@Injectable()
export class UploadLoader {
  private readonly logger = new Logger(UploadLoader.name);

  constructor(
    private readonly uploads: UploadStore,
    private readonly updater: TableUpdater,
  ) {}

  /** Loads an upload in one transaction; one that was loaded before, by a worker that died after, is left as it is. */
  async load(payload: Payload, { signal, progress }: Pick<TaskControl, 'signal' | 'progress'>): Promise<void> {
    const { uploadId, table } = payload;
    progress({ done: 0, total: 1, note: table });
    const change = (await this.updater.find(uploadId)) ?? (await this.write(payload, signal));
    progress({ done: 1, total: 1, note: table });
    // Rows that a column update deletes may be more than its sender thinks of; here is where one can see it.
    this.logger.log({ uploadId, table, inserted: change.inserted, deleted: change.deleted }, 'upload loaded');
    await this.uploads
      .discard(uploadId)
      .catch((error: unknown) => this.logger.warn(loggable(error), 'a loaded upload stays until the next sweep'));
  }

  private async write(payload: Payload, signal: AbortSignal): Promise<TableChange> {
    const { uploadId } = payload;
    try {
      const manifest = await this.uploads.manifest(uploadId);
      const staged = this.uploads.staged(uploadId, manifest);
      const request = { id: uploadId, schema: UPLOAD_SCHEMA, staged, strategy: manifest.strategy, locks: loadUploadTask.locks(payload) };
      return await this.updater.update(request, { signal });
    } catch (error) {
      throw error instanceof AppError && error.code === 'object-not-found' ? new UploadCorruptError(uploadId) : error;
    }
  }
}
