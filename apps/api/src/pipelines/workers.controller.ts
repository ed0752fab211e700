import { Controller, Get, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { WorkerRepository } from '@app/jobs';
import { failureOf } from '@app/platform';
import { FailurePrefix } from './failure-prefix.interceptor';
import { statisticsOf, toWorkerDto, WorkersDto, WorkersHealthDto } from './worker.dto';

const MS_PER_SECOND = 1000;

@ApiTags('Workers')
@Controller('workers')
export class WorkersController {
  constructor(private readonly workers: WorkerRepository) {}

  @Get()
  @UseInterceptors(new FailurePrefix('Failed to get workers'))
  @ApiOperation({ summary: 'Workers that live, and what they do' })
  @ApiOkResponse({ type: WorkersDto })
  async list(): Promise<WorkersDto> {
    const [alive, scheduled] = await Promise.all([this.workers.alive(), this.workers.scheduledTasks()]);
    return { workers: alive.map((worker) => toWorkerDto(worker, scheduled)), total: alive.length };
  }

  @Get('health')
  @ApiOperation({ summary: 'Whether work is being done', description: 'Always 200; counts over all workers that live.' })
  @ApiOkResponse({ type: WorkersHealthDto })
  async health(): Promise<WorkersHealthDto> {
    try {
      const alive = await this.workers.alive();
      if (alive.length === 0) return { status: 'unhealthy', error: 'No worker gave a sign of life in the last 30 s.' };
      return { status: 'healthy', result: { status: 'healthy', stats: statisticsOf(alive), timestamp: Date.now() / MS_PER_SECOND } };
    } catch (error) {
      return { status: 'unhealthy', error: failureOf(error).message };
    }
  }
}
