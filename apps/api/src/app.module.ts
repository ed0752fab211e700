import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { backupConfig, BackupModule } from '@app/backup';
import { sourcePoolConfig } from '@app/ingestion';
import { idempotencyConfig, IdempotencyStore, JobsModule, jobsConfig } from '@app/jobs';
import { definitionFilesConfig, engineConfig, PipelineModule, previewConfig, redcapSyncConfig, uploadConfig } from '@app/pipeline';
import {
  authConfig,
  AuthGuard,
  AuthModule,
  configModule,
  ControlDatabaseModule,
  databaseConfig,
  HttpErrorFilter,
  loggingConfig,
  loggingModule,
  objectStoreConfig,
  redisConfig,
  SecretsModule,
  secretsConfig,
  StagingModule,
  strictValidation,
} from '@app/platform';
import { codeConfig } from '@app/transform';
import { ApiKeysController } from './api-keys/api-keys.controller';
import { BackupController } from './backup/backup.controller';
import { BackupsController } from './backup/backups.controller';
import { DefinitionsController } from './definitions/definitions.controller';
import { DictionaryController } from './dictionary/dictionary.controller';
import { DropsController } from './drops/drops.controller';
import { HealthController } from './health/health.controller';
import { HealthService } from './health/health.service';
import { httpConfig } from './http.config';
import { QuarantineController } from './quarantine/quarantine.controller';
import { PipelinesController } from './pipelines/pipelines.controller';
import { StageTasksController } from './pipelines/stage-tasks.controller';
import { WorkersController } from './pipelines/workers.controller';
import { SyncController } from './redcap/sync.controller';
import { SchemasController } from './registry/schemas.controller';
import { TransformationsController } from './registry/transformations.controller';
import { RunsController } from './runs/runs.controller';
import { SchedulesController } from './schedules/schedules.controller';
import { TablesController } from './tables/tables.controller';
import { UploadsController } from './tables/uploads.controller';
import { TasksController } from './tasks/tasks.controller';
import { TransformsController } from './transforms/transforms.controller';

const SLICES = [
  httpConfig,
  authConfig,
  databaseConfig,
  redisConfig,
  objectStoreConfig,
  loggingConfig,
  secretsConfig,
  jobsConfig,
  idempotencyConfig,
  definitionFilesConfig,
  redcapSyncConfig,
  codeConfig,
  sourcePoolConfig,
  engineConfig,
  previewConfig,
  uploadConfig,
  backupConfig,
];

@Module({
  imports: [
    configModule(SLICES),
    loggingModule(),
    SecretsModule,
    StagingModule,
    ControlDatabaseModule,
    AuthModule,
    JobsModule.client(),
    BackupModule.client(),
    PipelineModule.client(),
  ],
  controllers: [
    HealthController,
    ApiKeysController,
    PipelinesController,
    StageTasksController,
    WorkersController,
    DefinitionsController,
    RunsController,
    BackupController,
    BackupsController,
    SyncController,
    DictionaryController,
    DropsController,
    SchedulesController,
    SchemasController,
    TransformationsController,
    TransformsController,
    QuarantineController,
    TablesController,
    UploadsController,
    TasksController,
  ],
  providers: [
    HealthService,
    IdempotencyStore,
    { provide: APP_FILTER, useClass: HttpErrorFilter },
    { provide: APP_PIPE, useFactory: strictValidation },
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
})
export class AppModule {}
