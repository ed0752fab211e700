import type { Provider } from '@nestjs/common';
import { TableUpdater, Warehouse } from '@app/persistence';
import { LoadUploadProcessor } from './load-upload.processor';
import { UPLOAD_SCHEMA } from './load-upload.task';
import { TableReferences } from './table-references';
import { UploadLoader } from './upload-loader';
import { UploadRetention } from './upload-retention';
import { UploadReports } from './upload-reports';
import { UploadService } from './upload.service';
import { UploadStore } from './upload-store';
import { ValidationRules } from './validation-rules';

/** For a process that takes uploads. */
export const UPLOAD_CLIENT: Provider[] = [
  UploadStore,
  { provide: TableReferences, inject: [Warehouse], useFactory: (warehouse: Warehouse) => new TableReferences(warehouse, UPLOAD_SCHEMA) },
  ValidationRules,
  UploadReports,
  UploadService,
];

/** For a process that loads them. */
export const UPLOAD_WORKER: Provider[] = [UploadStore, TableUpdater, UploadLoader, UploadRetention, LoadUploadProcessor];
