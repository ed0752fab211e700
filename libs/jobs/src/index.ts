export { JobsModule } from './jobs.module';
export { jobsConfig } from './jobs.config';
export { idempotencyConfig } from './idempotency/idempotency.config';
export { DuplicateExecutionError } from './idempotency/idempotency.errors';
export { ContentNotJsonError, idempotencyKey } from './idempotency/idempotency-key';
export { IdempotencyStore, type GuardRequest } from './idempotency/idempotency.store';
export { Processes } from './processor.registry';
export {
  defineTask,
  QUEUES,
  type AnyTaskDefinition,
  type LockRequest,
  type QueueName,
  type TaskControl,
  type TaskDefinition,
  type TaskPayload,
  type TaskProcessor,
  type TaskProgress,
  type TaskResult,
} from './task-definition';
export { TaskQueues } from './task-queues';
export { TaskEntity, type TaskStatus } from './task.entity';
export { TaskNotFoundError, TaskService, type EnqueueOptions } from './task.service';
export { WorkerRepository, type CurrentTask, type WorkerInfo } from './worker.repository';
