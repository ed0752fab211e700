import { Inject, Module, type DynamicModule, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Catalog, Publisher, SchemaCreator, TableReader, Warehouse } from '@app/persistence';
import { databaseConfig, toPoolConfig } from '@app/platform';
import { DuckDbEngine } from '@app/transform';
import { Pool } from 'pg';
import { DefinitionEntity } from './definitions/definition.entity';
import { DefinitionFiles } from './definitions/definition-files';
import { DefinitionService } from './definitions/definition.service';
import { DICTIONARY_CLIENT, DICTIONARY_WORKER } from './dictionary/dictionary.providers';
import { DictionaryService } from './dictionary/dictionary.service';
import { DictionaryVersionEntity } from './dictionary/dictionary-version.entity';
import { DropService } from './drops/drop.service';
import { DROP_CLIENT, DROP_ENTITIES, DROP_WORKER } from './drops/drops.providers';
import { ManifestSigner } from './manifest/manifest-signer';
import { RunManifests } from './manifest/run-manifests';
import { QuarantineEntity } from './quarantine/quarantine.entity';
import { QUARANTINE_CLIENT, QUARANTINE_WORKER } from './quarantine/quarantine.providers';
import { QuarantineService } from './quarantine/quarantine.service';
import { DocumentCheck } from './platform/document-check';
import { PipelineReader } from './platform/pipeline-reader';
import { PipelineRequests } from './platform/pipeline-requests';
import { RequestDatabases } from './platform/request-databases';
import { TaskReports } from './platform/task-report';
import { TransformPreviews } from './previews/transform-previews';
import { RedcapStart } from './redcap/redcap-start';
import { REGISTRY, REGISTRY_ENTITIES, REGISTRY_WORKER } from './registry/registry.providers';
import { SchemaRegistry } from './registry/schemas/schema-registry';
import { TransformationRegistry } from './registry/transformations/transformation-registry';
import { TableFiles } from './redcap/table-files';
import { RunExecutor } from './runs/run-executor';
import { RunKeys } from './runs/run-keys';
import { RunUnits } from './runs/run-units';
import { RunPipelineProcessor } from './runs/run-pipeline.processor';
import { RunRollback } from './runs/run-rollback';
import { RunEntity, RunStageEntity } from './runs/run.entity';
import { RunService } from './runs/run.service';
import { StagingRetention } from './runs/staging-retention';
import { ScheduleEntity, ScheduleFiringEntity } from './schedules/schedule.entity';
import { ScheduleService } from './schedules/schedule.service';
import { SCHEDULE_CLIENT, SCHEDULE_WORKER } from './schedules/schedules.providers';
import { AfterPublish } from './stages/after-publish';
import { BackupBeforePublish } from './stages/backup-before-publish';
import { Connectors } from './stages/connectors';
import { EarlyPublication } from './stages/early-publication';
import { engineConfig } from './stages/engine.config';
import { ExtractStage } from './stages/extract.stage';
import { LoadStage } from './stages/load.stage';
import { PublishStage } from './stages/publish.stage';
import { Targets } from './stages/targets';
import { TransformStage } from './stages/transform.stage';
import { ValidateStage } from './stages/validate.stage';
import { UploadReportEntity } from './uploads/upload-report.entity';
import { UploadReports } from './uploads/upload-reports';
import { UploadService } from './uploads/upload.service';
import { UPLOAD_CLIENT, UPLOAD_WORKER } from './uploads/uploads.providers';

/** Ends the warehouse's connections with the process. */
class WarehouseShutdown implements OnApplicationShutdown {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}

const WAREHOUSE: Provider[] = [
  {
    provide: Pool,
    inject: [databaseConfig.KEY],
    useFactory: ({ warehouse, poolSize }: ConfigType<typeof databaseConfig>) => new Pool({ ...toPoolConfig(warehouse), max: poolSize }),
  },
  WarehouseShutdown,
  { provide: Warehouse, inject: [Pool], useFactory: (pool: Pool) => new Warehouse(pool) },
  Catalog,
];

const COMMON: Provider[] = [...WAREHOUSE, Connectors, DefinitionService, DefinitionFiles, ...REGISTRY, RunKeys, RunService];

const CLIENT: Provider[] = [
  ...COMMON,
  RequestDatabases,
  DocumentCheck,
  PipelineReader,
  PipelineRequests,
  TaskReports,
  TransformPreviews,
  RunRollback,
  TableReader,
  ...UPLOAD_CLIENT,
  ...QUARANTINE_CLIENT,
  ...DICTIONARY_CLIENT,
  ...SCHEDULE_CLIENT,
  ...DROP_CLIENT,
];

const WORKER: Provider[] = [
  ...COMMON,
  SchemaCreator,
  Publisher,
  Targets,
  RunUnits,
  ManifestSigner,
  RunManifests,
  {
    provide: DuckDbEngine,
    inject: [engineConfig.KEY],
    useFactory: (settings: ConfigType<typeof engineConfig>) => new DuckDbEngine(settings),
  },
  ExtractStage,
  TransformStage,
  ValidateStage,
  LoadStage,
  BackupBeforePublish,
  EarlyPublication,
  AfterPublish,
  PublishStage,
  StagingRetention,
  RunExecutor,
  RunPipelineProcessor,
  ...DICTIONARY_WORKER,
  ...SCHEDULE_WORKER,
  ...DROP_WORKER,
  TableFiles,
  RedcapStart,
  ...UPLOAD_WORKER,
  ...QUARANTINE_WORKER,
  ...REGISTRY_WORKER,
];

@Module({})
export class PipelineModule {
  /** For a process that starts and shows runs. */
  static client(): DynamicModule {
    return {
      module: PipelineModule,
      imports: imports(),
      providers: CLIENT,
      exports: [
        DefinitionService,
        SchemaRegistry,
        TransformationRegistry,
        PipelineRequests,
        RunService,
        TaskReports,
        TransformPreviews,
        RunRollback,
        DictionaryService,
        DropService,
        ScheduleService,
        UploadReports,
        UploadService,
        QuarantineService,
        Catalog,
        TableReader,
      ],
    };
  }

  /** For a process that carries runs out. */
  static worker(): DynamicModule {
    return { module: PipelineModule, imports: imports(), providers: WORKER };
  }
}

const imports = (): NonNullable<DynamicModule['imports']> => [
  TypeOrmModule.forFeature([
    DefinitionEntity,
    RunEntity,
    RunStageEntity,
    QuarantineEntity,
    UploadReportEntity,
    DictionaryVersionEntity,
    ScheduleEntity,
    ScheduleFiringEntity,
    ...DROP_ENTITIES,
    ...REGISTRY_ENTITIES,
  ]),
];
