import { Controller, Get, Headers, HttpCode, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DropService } from '@app/pipeline';
import type { FastifyReply } from 'fastify';
import { StartedRunDto } from '../runs/run.dto';
import { DropDto, ListDropsDto, toDropDto } from './drop.dto';

/** How many there are in all; the body is one page of them. */
const TOTAL_HEADER = 'x-total-count';

@ApiTags('Drops')
@Controller('drops')
export class DropsController {
  constructor(private readonly drops: DropService) {}

  @Get()
  @ApiOperation({ summary: 'Drops that runs have seen, newest first', description: 'With the state and the reason of each.' })
  @ApiOkResponse({ type: [DropDto], headers: { 'X-Total-Count': { description: 'Drops in all', schema: { type: 'integer' } } } })
  async list(@Query() filter: ListDropsDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<DropDto[]> {
    const { total, drops } = await this.drops.list(filter);
    void reply.header(TOTAL_HEADER, total);
    return drops.map(toDropDto);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One drop: state, members, rows, and why it was refused' })
  @ApiOkResponse({ type: DropDto })
  @ApiNotFoundResponse({ description: '`drop-not-found`' })
  async get(@Param('id') id: string): Promise<DropDto> {
    return toDropDto(await this.drops.get(id));
  }

  @Post(':id/replay')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Load a drop again',
    description:
      'Whatever became of it, however old it is: for example a refused one after its definition was mended. Starts a run for its key.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'The same key answers the first run instead of starting another.' })
  @ApiAcceptedResponse({ type: StartedRunDto })
  @ApiNotFoundResponse({ description: '`drop-not-found`' })
  replay(@Param('id') id: string, @Headers('idempotency-key') idempotencyKey?: string): Promise<StartedRunDto> {
    return this.drops.replay(id, idempotencyKey);
  }
}
