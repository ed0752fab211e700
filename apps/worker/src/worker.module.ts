import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { backupConfig, BackupModule, BACKUP_TASKS } from '@app/backup';
import { sourcePoolConfig } from '@app/ingestion';
import { idempotencyConfig, JobsModule, jobsConfig } from '@app/jobs';
import {
  definitionFilesConfig,
  engineConfig,
  manifestConfig,
  loadUploadTask,
  PipelineModule,
  redcapSyncConfig,
  replayQuarantineTask,
  runPipelineTask,
  schedulerConfig,
} from '@app/pipeline';
import {
  configModule,
  ControlDatabaseModule,
  databaseConfig,
  loggingConfig,
  loggingModule,
  objectStoreConfig,
  redisConfig,
  SecretsModule,
  secretsConfig,
  StagingModule,
} from '@app/platform';
import { codeConfig } from '@app/transform';

const SLICES = [
  databaseConfig,
  redisConfig,
  objectStoreConfig,
  loggingConfig,
  secretsConfig,
  jobsConfig,
  idempotencyConfig,
  engineConfig,
  manifestConfig,
  definitionFilesConfig,
  redcapSyncConfig,
  codeConfig,
  sourcePoolConfig,
  schedulerConfig,
  backupConfig,
];

@Module({
  imports: [
    configModule(SLICES),
    loggingModule(),
    SecretsModule,
    StagingModule,
    ControlDatabaseModule,
    ScheduleModule.forRoot(),
    JobsModule.worker([runPipelineTask, loadUploadTask, replayQuarantineTask, ...BACKUP_TASKS]),
    BackupModule.worker(),
    PipelineModule.worker(),
  ],
})
export class WorkerModule {}
