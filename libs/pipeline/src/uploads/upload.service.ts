import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { TaskService } from '@app/jobs';
import { Catalog, type CatalogTable } from '@app/persistence';
import type { Report } from '@app/validation';
import { SpooledFile } from './content/spooled-file';
import { openContent } from './content/upload-content';
import { loadUploadTask, UPLOAD_SCHEMA } from './load-upload.task';
import type { Upload } from './upload';
import { UploadCheck } from './upload-check';
import { uploadConfig } from './upload.config';
import { TableNotFoundError, UploadRefusedError } from './upload.errors';
import { UploadReports } from './upload-reports';
import { UploadStore, type UploadManifest } from './upload-store';
import { ValidationRules } from './validation-rules';

/** The name that the dashboards show for every table write. */
const DISPLAY_NAME = 'server.handleTableFunc';

/** Takes people's tables: checks them while they wait, and queues what is valid. */
@Injectable()
export class UploadService implements OnModuleInit {
  constructor(
    @Inject(uploadConfig.KEY) private readonly config: ConfigType<typeof uploadConfig>,
    private readonly catalog: Catalog,
    private readonly rules: ValidationRules,
    private readonly uploads: UploadStore,
    private readonly reports: UploadReports,
    private readonly tasks: TaskService,
  ) {}

  async onModuleInit(): Promise<void> {
    await SpooledFile.sweep(this.config.spoolDirectory);
  }

  /**
   * Checks an upload and queues its loading; returns the task's id, under which warnings are kept. The file stays the caller's
   * to remove.
   * @throws {UploadRefusedError} with every reason; nothing is kept then
   */
  async enqueue(upload: Upload): Promise<string> {
    const id = randomUUID();
    const table = await this.catalog.find(UPLOAD_SCHEMA, upload.table);
    try {
      const check = await this.checked(upload, table, (read) => this.store(id, upload, read));
      await this.queue(id, upload, check);
    } catch (error) {
      await this.uploads.discard(id).catch(() => undefined); // the sweep finds it; the reason is what matters
      throw error;
    }
    await this.tasks.announce(id, loadUploadTask);
    return id;
  }

  /** Everything that is found in an upload; nothing is written. @throws {TableNotFoundError} {UploadRefusedError} when it cannot be read */
  async validate(upload: Upload): Promise<Report> {
    const table = await this.catalog.find(UPLOAD_SCHEMA, upload.table);
    if (!table) throw new TableNotFoundError(upload.table);
    return this.checked(upload, table, (check) => check.findings());
  }

  private async queue(id: string, { table, mode }: Upload, { rows, report: { warnings, findings } }: UploadCheck): Promise<void> {
    const hint = warnings > 0 ? `; ${warnings} warnings, see GET /uploads/${id}` : '';
    const options = { id, displayName: DISPLAY_NAME, description: `${mode.kind} rows of table ${table}${hint}` };
    const report = { taskId: id, table, rows: String(rows), warnings: String(warnings), findings };
    await this.reports.keep(report, (manager) => this.tasks.create(loadUploadTask, { uploadId: id, table }, { ...options, manager }));
  }

  private async store(id: string, { table, mode }: Upload, check: UploadCheck): Promise<UploadCheck> {
    const sha256 = await this.uploads.putRows(id, check.copyText());
    const strategy: UploadManifest['strategy'] = mode.kind === 'column' ? { kind: 'key', columns: [...check.key] } : { kind: mode.kind };
    await this.uploads.putManifest(id, { table, columns: [...check.columns], rows: check.rows, sha256, strategy });
    return check;
  }

  /** A table that does not exist has no columns, so every column of the upload is an undefined one. */
  private async checked<T>(upload: Upload, table: CatalogTable | null, work: (check: UploadCheck) => Promise<T>): Promise<T> {
    const content = await openContent(upload);
    try {
      if (!table && content.header.length + content.constants.size === 0)
        throw new UploadRefusedError([`There is no table ${upload.table}`]);
      return await work(
        new UploadCheck(table ?? { name: upload.table, columns: [] }, upload, content, this.rules.settingsOf(upload.table)),
      );
    } finally {
      await content.rows.return(undefined);
    }
  }
}
