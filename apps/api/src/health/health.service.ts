import { Injectable } from '@nestjs/common';
import { TaskQueues, WorkerRepository } from '@app/jobs';
import { ControlDatabaseHealth, VERSION } from '@app/platform';
import type { HealthDto } from './health.dto';

const CHECK_TIMEOUT_MS = 3_000;

/** Asks each service that the platform needs. */
@Injectable()
export class HealthService {
  constructor(
    private readonly database: ControlDatabaseHealth,
    private readonly queues: TaskQueues,
    private readonly workers: WorkerRepository,
  ) {}

  async check(): Promise<HealthDto> {
    const [database, redis, workers] = await Promise.all([
      answers(() => this.database.ping()),
      answers(() => this.queues.ping()),
      answers(async () => {
        if ((await this.workers.alive()).length === 0) throw new Error('no worker');
      }),
    ]);
    const services = { api: 'healthy' as const, database, redis, workers };
    const status = Object.values(services).every((state) => state === 'healthy') ? 'healthy' : 'degraded';
    // Microseconds without a zone suffix, as the platform's clients read it.
    return { status, timestamp: new Date().toISOString().replace('Z', '000'), version: VERSION, services };
  }
}

const answers = async (ask: () => Promise<unknown>): Promise<'healthy' | 'unhealthy'> => {
  const late = new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error('no answer in time')), CHECK_TIMEOUT_MS).unref());
  try {
    await Promise.race([ask(), late]);
    return 'healthy';
  } catch {
    return 'unhealthy';
  }
};
