import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post, UseInterceptors } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { PipelineRequests, TaskReports, type Requester } from '@app/pipeline';
import { FailurePrefix } from './failure-prefix.interceptor';
import { RequestedBy } from './requester';
import { submission, SubmissionDto, TaskStatusDto } from './submission.dto';

const IDEMPOTENCY = { name: 'Idempotency-Key', required: false, description: 'The same key with the same body answers the first task.' };

/** Single stages of a pipeline; `data_id` of a result hands rows on to the next. */
@ApiTags('Tasks')
@Controller('tasks')
export class StageTasksController {
  constructor(
    private readonly requests: PipelineRequests,
    private readonly reports: TaskReports,
  ) {}

  @Post('ingest')
  @HttpCode(HttpStatus.OK)
  @UseInterceptors(new FailurePrefix('Failed to create ingest task'))
  @ApiOperation({ summary: 'Draw rows from a database by a query' })
  @ApiHeader(IDEMPOTENCY)
  @ApiBody({ type: Object, description: '`{query, source_connection?, source_db_url?, parameters?, batch_size?}`' })
  @ApiOkResponse({ type: SubmissionDto })
  @ApiBadRequestResponse({ description: 'No query' })
  @ApiUnprocessableEntityResponse({ description: 'Every fault with its path' })
  async ingest(@Body() body: unknown, @RequestedBy() requester: Requester): Promise<SubmissionDto> {
    const { pipelineId, taskId } = await this.requests.ingest(body, requester);
    return submission(pipelineId, taskId, 'Ingestion task submitted successfully');
  }

  @Post('transform')
  @HttpCode(HttpStatus.OK)
  @UseInterceptors(new FailurePrefix('Failed to create transform task'))
  @ApiOperation({ summary: 'Transform rows that a task staged' })
  @ApiHeader(IDEMPOTENCY)
  @ApiBody({ type: Object, description: '`{transformation_type, transformation_config, data_id}`' })
  @ApiOkResponse({ type: SubmissionDto })
  @ApiBadRequestResponse({ description: 'No data identifier' })
  @ApiNotFoundResponse({ description: '`data-not-found`' })
  @ApiUnprocessableEntityResponse({ description: 'Every fault with its path' })
  async transform(@Body() body: unknown, @RequestedBy() requester: Requester): Promise<SubmissionDto> {
    const { pipelineId, taskId } = await this.requests.transform(body, requester);
    return submission(pipelineId, taskId, 'Transformation task submitted successfully');
  }

  @Post('persist')
  @HttpCode(HttpStatus.OK)
  @UseInterceptors(new FailurePrefix('Failed to create persist task'))
  @ApiOperation({ summary: 'Write rows that a task staged' })
  @ApiHeader(IDEMPOTENCY)
  @ApiBody({ type: Object, description: '`{table_name, schema?, strategy?, upsert_keys?, data_id}`' })
  @ApiOkResponse({ type: SubmissionDto })
  @ApiBadRequestResponse({ description: 'No data identifier' })
  @ApiNotFoundResponse({ description: '`data-not-found`' })
  @ApiUnprocessableEntityResponse({ description: 'Every fault with its path' })
  async persist(@Body() body: unknown, @RequestedBy() requester: Requester): Promise<SubmissionDto> {
    const { pipelineId, taskId } = await this.requests.persist(body, requester);
    return submission(pipelineId, taskId, 'Persistence task submitted successfully');
  }

  @Get(':id')
  @UseInterceptors(new FailurePrefix('Failed to get task status'))
  @ApiOperation({ summary: 'One task', description: 'The same task as `GET /task/{id}`, in the words of the pipeline platform.' })
  @ApiOkResponse({ type: TaskStatusDto })
  @ApiNotFoundResponse({ description: '`task-not-found`' })
  get(@Param('id') id: string): Promise<TaskStatusDto> {
    return this.reports.ofTask(id);
  }
}
