import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { JobsModule, jobsConfig } from '@app/jobs';
import { definitionFilesConfig, engineConfig, loadUploadTask, PipelineModule, redcapSyncConfig, runPipelineTask, schedulerConfig } from '@app/pipeline';
import { configModule, ControlDatabaseModule, databaseConfig, loggingConfig, loggingModule, objectStoreConfig, redisConfig, SecretsModule, secretsConfig, StagingModule } from '@app/platform';

const SLICES = [databaseConfig, redisConfig, objectStoreConfig, loggingConfig, secretsConfig, jobsConfig, engineConfig, definitionFilesConfig, redcapSyncConfig, schedulerConfig];

@Module({
  imports: [
    configModule(SLICES),
    loggingModule(),
    SecretsModule,
    StagingModule,
    ControlDatabaseModule,
    ScheduleModule.forRoot(),
    JobsModule.worker([runPipelineTask, loadUploadTask]),
    PipelineModule.worker(),
  ],
})
export class WorkerModule {}
