import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { TaskService } from '@app/jobs';
import { loggable } from '@app/platform';
import { UploadStore } from './upload-store';

const SWEEP_EVERY_MS = 3_600_000;
/** How long the rows of an upload that failed stay. */
const KEEP_FAILED_MS = 7 * 24 * 3_600_000;

/** Removes stored uploads that nobody will load any more. */
@Injectable()
export class UploadRetention {
  private readonly logger = new Logger(UploadRetention.name);

  constructor(
    private readonly uploads: UploadStore,
    private readonly tasks: TaskService,
  ) {}

  @Interval(SWEEP_EVERY_MS)
  async sweep(now: Date = new Date()): Promise<void> {
    try {
      for await (const id of this.uploads.storedBefore(new Date(now.getTime() - KEEP_FAILED_MS))) {
        const task = await this.tasks.find(id); // an upload and its task have one id
        if (!task || task.endedAt) await this.uploads.discard(id);
      }
    } catch (error) {
      this.logger.warn(loggable(error), 'old uploads could not be removed; the next sweep tries again');
    }
  }
}
