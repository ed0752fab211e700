import { Controller, Delete, Get, Header, Param } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { TaskService } from '@app/jobs';
import { TaskDto, TaskListDto, toTaskDto, toTaskIds } from './task.dto';

/** How long ended tasks stay in the list, as the dashboards expect. */
const LIST_FINISHED_MS = 500_000;
const LIST_FAILED_MS = 365 * 24 * 3_600_000;

@ApiTags('Tasks')
@Controller('task')
export class TasksController {
  constructor(private readonly tasks: TaskService) {}

  @Get()
  @ApiOperation({ summary: 'Task ids by state, over all queues' })
  @ApiOkResponse({ type: TaskListDto })
  async list(): Promise<TaskListDto> {
    const [queued, started, finished, failed] = await Promise.all([
      this.tasks.idsIn('queued'),
      this.tasks.idsIn('started'),
      this.tasks.idsIn('finished', LIST_FINISHED_MS),
      this.tasks.idsIn('failed', LIST_FAILED_MS),
    ]);
    return { queued, started: toTaskIds(started), finished: toTaskIds(finished), failed: toTaskIds(failed), deferred: toTaskIds([]) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One task', description: 'Poll while the status is `queued` or `started`; every other status means done.' })
  @ApiOkResponse({ type: TaskDto })
  @ApiNotFoundResponse({ description: '`task-not-found`' })
  async get(@Param('id') id: string): Promise<TaskDto> {
    return toTaskDto(await this.tasks.get(id));
  }

  @Delete(':id')
  @Header('Content-Type', 'application/json; charset=utf-8')
  @ApiOperation({ summary: 'Take a task out of the queue', description: 'A task that runs or has ended is left alone.' })
  @ApiOkResponse({ description: 'The id as a bare JSON string', schema: { type: 'string', format: 'uuid' } })
  @ApiNotFoundResponse({ description: '`task-not-found`' })
  async remove(@Param('id') id: string): Promise<string> {
    await this.tasks.cancelIfQueued(id);
    return JSON.stringify(id);
  }
}
