import { BullModule } from '@nestjs/bull';
import { Module, type DynamicModule } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { redisConfig } from '@app/platform';
import { ProcessorRegistry } from './processor.registry';
import { Reconciler } from './reconciler';
import { ResourceLocks } from './resource-locks';
import { QUEUES, type AnyTaskDefinition } from './task-definition';
import { TaskQueues } from './task-queues';
import { TaskRunner } from './task-runner';
import { TaskEntity } from './task.entity';
import { TaskRepository } from './task.repository';
import { TaskService } from './task.service';
import { WorkerRepository } from './worker.repository';
import { TASK_DEFINITIONS, WorkerService } from './worker.service';

/** A dead worker's hint is given again after about this long; its task's lease ends in the same time. */
const STALLED_AFTER_MS = 10_000;
const PREFIX = 'tributary';

@Module({})
export class JobsModule {
  /** For a process that makes and shows tasks. */
  static client(): DynamicModule {
    return { module: JobsModule, global: true, imports: imports(), providers: CLIENT, exports: CLIENT };
  }

  /** For a process that also does them; every definition needs exactly one processor in the application. */
  static worker(definitions: readonly AnyTaskDefinition[]): DynamicModule {
    return {
      module: JobsModule,
      global: true,
      imports: [...imports(), DiscoveryModule],
      providers: [
        ...CLIENT,
        { provide: TASK_DEFINITIONS, useValue: definitions },
        ProcessorRegistry,
        ResourceLocks,
        TaskRunner,
        Reconciler,
        WorkerService,
      ],
      exports: CLIENT,
    };
  }
}

const CLIENT = [TaskQueues, TaskRepository, TaskService, WorkerRepository];

const imports = (): NonNullable<DynamicModule['imports']> => [
  TypeOrmModule.forFeature([TaskEntity]),
  BullModule.forRootAsync({
    inject: [redisConfig.KEY],
    useFactory: ({ queue }: ConfigType<typeof redisConfig>) => ({
      redis: { ...queue },
      prefix: PREFIX,
      settings: { lockDuration: STALLED_AFTER_MS, stalledInterval: STALLED_AFTER_MS / 2, maxStalledCount: Number.MAX_SAFE_INTEGER },
    }),
  }),
  BullModule.registerQueue(...QUEUES.map((name) => ({ name }))),
];
