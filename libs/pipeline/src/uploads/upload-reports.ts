import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { TaskService } from '@app/jobs';
import { Repository, type EntityManager } from 'typeorm';
import { UploadNotFoundError } from './upload.errors';
import { UploadReportEntity } from './upload-report.entity';

/** What was noticed in uploads that were taken, for as long as their tasks are remembered. */
@Injectable()
export class UploadReports {
  constructor(
    @InjectRepository(UploadReportEntity) private readonly reports: Repository<UploadReportEntity>,
    private readonly tasks: TaskService,
  ) {}

  /** Keeps a report in the transaction in which `queue` makes the task that the report belongs to. */
  async keep(report: UploadReportEntity, queue: (manager: EntityManager) => Promise<unknown>): Promise<void> {
    await this.reports.manager.transaction(async (manager) => {
      await queue(manager);
      await manager.insert(UploadReportEntity, report);
    });
  }

  /** @throws {UploadNotFoundError} */
  async get(taskId: string): Promise<UploadReportEntity> {
    const task = await this.tasks.find(taskId);
    const report = task && (await this.reports.findOneBy({ taskId: task.id }));
    if (!report) throw new UploadNotFoundError(taskId);
    return report;
  }
}
