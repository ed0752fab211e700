import { Body, Controller, Get, Headers, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiConflictResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { RunRollback, RunService, type SignedManifest } from '@app/pipeline';
import { RequiresRole } from '@app/platform';
import { AnswersOnce } from '../idempotency/answers-once.interceptor';
import { ListRunsDto, RunDto, RunPageDto, StartedRunDto, StartRunDto, toRunDto } from './run.dto';

@ApiTags('Runs')
@Controller('runs')
export class RunsController {
  constructor(
    private readonly runs: RunService,
    private readonly rollback: RunRollback,
  ) {}

  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Start a run',
    description: 'Answers at once; poll `GET /runs/{runId}`, or `GET /task/{taskId}` for the task that carries it out.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key with the same body answers the first run instead of starting another.',
  })
  @ApiAcceptedResponse({ type: StartedRunDto })
  @ApiNotFoundResponse({ description: '`definition-not-found`' })
  @ApiConflictResponse({ description: '`idempotency-conflict`: the key was used with another body' })
  @ApiUnprocessableEntityResponse({ description: '`request-invalid`, with every fault and its path' })
  start(
    @Body() { pipeline, parameters, full, dryRun }: StartRunDto,
    @Headers('idempotency-key') idempotencyKey?: string,
  ): Promise<StartedRunDto> {
    return this.runs.start({ pipeline, parameters, full, dryRun, trigger: 'api', idempotencyKey });
  }

  @Get()
  @ApiOperation({ summary: 'Runs, newest first' })
  @ApiOkResponse({ type: RunPageDto })
  async list(@Query() query: ListRunsDto): Promise<RunPageDto> {
    const { total, runs } = await this.runs.list(query);
    return { total, runs: runs.map(toRunDto) };
  }

  @Get(':runId')
  @ApiOperation({ summary: 'One run: status, stages, rows per table, error' })
  @ApiOkResponse({ type: RunDto })
  @ApiNotFoundResponse({ description: '`run-not-found`' })
  async get(@Param('runId') runId: string): Promise<RunDto> {
    return toRunDto(await this.runs.get(runId));
  }

  @Get(':runId/manifest')
  @ApiOperation({
    summary: 'Proof of load',
    description:
      'Rows and order-independent hashes at the source, staged and published, per table. Signed (Ed25519) when a key is configured: the ' +
      'signature is that of the canonical JSON (RFC 8785) of everything beside it. Rows that are not published as they were staged fail ' +
      'a run before it commits.',
  })
  @ApiOkResponse({ type: Object })
  @ApiNotFoundResponse({ description: '`run-not-found`, or `manifest-not-found` when it has not published' })
  manifest(@Param('runId') runId: string): Promise<SignedManifest> {
    return this.runs.manifest(runId);
  }

  @Get(':runId/lineage')
  @ApiOperation({ summary: 'Which source fields each column was made from, and how' })
  @ApiOkResponse({ type: [Object] })
  async lineage(@Param('runId') runId: string): Promise<unknown> {
    return (await this.runs.get(runId)).run.lineage ?? [];
  }

  @Get(':runId/difference')
  @RequiresRole('operator')
  @ApiOperation({
    summary: 'What a dry run would write',
    description: 'Rows by table, at most 1000 of each table. Patient-level data: needs the role operator.',
  })
  @ApiOkResponse({ type: Object })
  difference(@Param('runId') runId: string): Promise<unknown> {
    return this.runs.difference(runId);
  }

  @Post(':runId/resume')
  @AnswersOnce()
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Take up a failed or cancelled run',
    description: 'Goes on at the first stage that is not done; nothing is fetched twice.',
  })
  @ApiAcceptedResponse({ type: StartedRunDto })
  @ApiConflictResponse({ description: '`run-not-resumable`' })
  resume(@Param('runId') runId: string): Promise<StartedRunDto> {
    return this.runs.resume(runId);
  }

  @Post(':runId/cancel')
  @AnswersOnce()
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Stop a run',
    description: 'One that waits ends at once; one that runs is asked to stop. The warehouse stays as it was unless the run had published.',
  })
  @ApiAcceptedResponse({ type: StartedRunDto })
  @ApiConflictResponse({ description: '`run-not-cancellable`' })
  cancel(@Param('runId') runId: string): Promise<StartedRunDto> {
    return this.runs.cancel(runId);
  }

  @Post(':runId/rollback')
  @AnswersOnce()
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Take the warehouse back to before a run',
    description:
      'Restores the backup that the run took before it published. Whatever else was written since is undone as well; a safety backup is taken first.',
  })
  @ApiAcceptedResponse({ type: StartedRunDto })
  @ApiNotFoundResponse({ description: '`run-not-found`, or `backup-not-found` when its backup was deleted' })
  @ApiConflictResponse({ description: '`run-without-backup`' })
  rollBack(@Param('runId') runId: string): Promise<StartedRunDto> {
    return this.rollback.start(runId);
  }
}
