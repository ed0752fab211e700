import type { Provider } from '@nestjs/common';
import { TableUpdater } from '@app/persistence';
import { LoadUploadProcessor } from './load-upload.processor';
import { TableReferences } from './table-references';
import { UploadLoader } from './upload-loader';
import { UploadRetention } from './upload-retention';
import { UploadService } from './upload.service';
import { UploadStore } from './upload-store';
import { ValidationRules } from './validation-rules';

/** For a process that takes uploads. */
export const UPLOAD_CLIENT: Provider[] = [UploadStore, TableReferences, ValidationRules, UploadService];

/** For a process that loads them. */
export const UPLOAD_WORKER: Provider[] = [UploadStore, TableUpdater, UploadLoader, UploadRetention, LoadUploadProcessor];
