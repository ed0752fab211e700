import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post, Query, Req } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { QuarantineService } from '@app/pipeline';
import { mayAct, type AuthenticatedRequest } from '@app/platform';
import { AnswersOnce } from '../idempotency/answers-once.interceptor';
import {
  ListQuarantineDto,
  QuarantinedRowDto,
  QuarantinePageDto,
  ReplayAllDto,
  ReplayRowDto,
  ReplayTaskDto,
  toQuarantinedRowDto,
} from './quarantine.dto';

@ApiTags('Quarantine')
@Controller('quarantine')
export class QuarantineController {
  constructor(private readonly quarantine: QuarantineService) {}

  @Get()
  @ApiOperation({
    summary: 'Rows that runs refused and set aside',
    description: 'Newest first. Their values are patient-level data: they are shown to operators and null for others.',
  })
  @ApiOkResponse({ type: QuarantinePageDto })
  @ApiUnprocessableEntityResponse({ description: '`request-invalid`, with every fault and its path' })
  async list(@Query() { limit, offset, ...filter }: ListQuarantineDto, @Req() request: AuthenticatedRequest): Promise<QuarantinePageDto> {
    const { total, rows } = await this.quarantine.list(filter, limit, offset);
    return { total, rows: rows.map((row) => toQuarantinedRowDto(row, showsValues(request))) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One quarantined row', description: 'Its values are shown to operators and null for others.' })
  @ApiOkResponse({ type: QuarantinedRowDto })
  @ApiNotFoundResponse({ description: '`quarantine-not-found`' })
  async get(@Param('id') id: string, @Req() request: AuthenticatedRequest): Promise<QuarantinedRowDto> {
    return toQuarantinedRowDto(await this.quarantine.get(id), showsValues(request));
  }

  @Post(':id/replay')
  @AnswersOnce()
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Replay one row',
    description:
      'Takes the row through the rules of the newest version of its pipeline, with `values` in place of its own, and adds it to its table. ' +
      'Once, however often it is asked for. A row that is refused again stays, with the new reason.',
  })
  @ApiAcceptedResponse({ type: ReplayTaskDto })
  @ApiNotFoundResponse({ description: '`quarantine-not-found`' })
  @ApiConflictResponse({ description: '`quarantine-not-waiting`: it was replayed before, or a later run renewed its table' })
  @ApiUnprocessableEntityResponse({ description: '`request-invalid`: values of columns that the row lacks, or of another type' })
  async replay(@Param('id') id: string, @Body() { values }: ReplayRowDto): Promise<ReplayTaskDto> {
    return { taskId: await this.quarantine.requestReplay(id, values) };
  }

  @Post('replay')
  @AnswersOnce()
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Replay all waiting rows of a pipeline',
    description: 'For example after a new version with other rules. Rows that pass are added in one transaction.',
  })
  @ApiAcceptedResponse({ type: ReplayTaskDto })
  @ApiNotFoundResponse({ description: '`definition-not-found`' })
  async replayAll(@Body() { definition, table }: ReplayAllDto): Promise<ReplayTaskDto> {
    return { taskId: await this.quarantine.requestReplayOfAll(definition, table) };
  }
}

const showsValues = ({ principal }: AuthenticatedRequest): boolean => mayAct(principal.role, 'operator');
