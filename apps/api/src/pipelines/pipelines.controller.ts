import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Post, UseInterceptors } from '@nestjs/common';
import {
  ApiBody,
  ApiConflictResponse,
  ApiForbiddenResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { InlinePipelineNotFoundError, PipelineRequests, RunService, TaskReports, type Requester } from '@app/pipeline';
import { FailurePrefix } from './failure-prefix.interceptor';
import { RequestedBy } from './requester';
import { submission, SubmissionDto, TaskStatusDto, ValidityDto } from './submission.dto';

const CONFIG = { type: Object, description: '`{pipeline_config: {ingestion, transformation, persistence}, pipeline_id?}`' };

@ApiTags('Pipelines')
@Controller('pipelines')
export class PipelinesController {
  constructor(
    private readonly requests: PipelineRequests,
    private readonly reports: TaskReports,
    private readonly runs: RunService,
  ) {}

  @Post()
  @HttpCode(HttpStatus.OK)
  @UseInterceptors(new FailurePrefix('Failed to create pipeline'))
  @ApiOperation({ summary: 'Run a pipeline that is sent along', description: 'Answers at once; poll `GET /tasks/{task_id}`.' })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'The same key with the same body answers the first task.' })
  @ApiBody(CONFIG)
  @ApiOkResponse({ type: SubmissionDto })
  @ApiUnprocessableEntityResponse({ description: 'Every fault with its path' })
  @ApiForbiddenResponse({ description: 'A database URL needs the role admin; name a connection instead' })
  @ApiConflictResponse({ description: '`idempotency-conflict`' })
  async create(@Body() body: unknown, @RequestedBy() requester: Requester): Promise<SubmissionDto> {
    const { pipelineId, taskId } = await this.requests.run(body, requester);
    return submission(pipelineId, taskId, 'Pipeline task submitted successfully');
  }

  @Post('validate')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Check a pipeline without running it' })
  @ApiBody(CONFIG)
  @ApiOkResponse({ type: ValidityDto })
  @ApiUnprocessableEntityResponse({ description: 'Every fault with its path' })
  async validate(@Body() body: unknown, @RequestedBy() { principal }: Requester): Promise<ValidityDto> {
    await this.requests.validate(body, principal);
    return { valid: true };
  }

  @Get(':pipelineId/status')
  @UseInterceptors(new FailurePrefix('Failed to get pipeline status'))
  @ApiOperation({ summary: 'The newest run of a pipeline that was sent along' })
  @ApiOkResponse({ type: TaskStatusDto })
  @ApiNotFoundResponse({ description: '`run-not-found`' })
  status(@Param('pipelineId') pipelineId: string): Promise<TaskStatusDto> {
    return this.reports.ofPipeline(pipelineId);
  }

  @Delete(':pipelineId')
  @ApiOperation({ summary: 'Cancel the newest run', description: 'One that waits ends at once, one that runs is asked to stop.' })
  @ApiOkResponse({ type: TaskStatusDto })
  @ApiNotFoundResponse({ description: '`run-not-found`' })
  @ApiConflictResponse({ description: '`run-not-cancellable`: it has ended' })
  async cancel(@Param('pipelineId') pipelineId: string): Promise<TaskStatusDto> {
    const view = await this.runs.findByPipelineId(pipelineId);
    if (!view) throw new InlinePipelineNotFoundError(pipelineId);
    await this.runs.cancel(view.run.id);
    return this.reports.ofPipeline(pipelineId);
  }
}
