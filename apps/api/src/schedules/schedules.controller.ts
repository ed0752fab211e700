import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post, Put, Req } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags, ApiUnprocessableEntityResponse } from '@nestjs/swagger';
import { ScheduleService } from '@app/pipeline';
import type { AuthenticatedRequest } from '@app/platform';
import { EditScheduleDto, ScheduleDetailDto, ScheduleDto, toFiringDto, toScheduleDto } from './schedule.dto';

@ApiTags('Schedules')
@Controller('schedules')
export class SchedulesController {
  constructor(private readonly schedules: ScheduleService) {}

  @Get()
  @ApiOperation({ summary: 'When every pipeline runs by itself' })
  @ApiOkResponse({ type: [ScheduleDto] })
  async list(): Promise<ScheduleDto[]> {
    return (await this.schedules.list()).map(toScheduleDto);
  }

  @Get(':definition')
  @ApiOperation({ summary: 'One schedule and its last firings, those that were missed included' })
  @ApiOkResponse({ type: ScheduleDetailDto })
  @ApiNotFoundResponse({ description: '`definition-not-found`' })
  async get(@Param('definition') definition: string): Promise<ScheduleDetailDto> {
    const view = await this.schedules.get(definition);
    return { ...toScheduleDto(view), firings: (await this.schedules.recentFirings(definition)).map(toFiringDto) };
  }

  @Put(':definition')
  @ApiOperation({
    summary: 'Change a schedule',
    description: 'Holds in place of what the definition or the environment says, until it is changed back with `cron: null`.',
  })
  @ApiOkResponse({ type: ScheduleDetailDto })
  @ApiNotFoundResponse({ description: '`definition-not-found`' })
  @ApiUnprocessableEntityResponse({ description: '`request-invalid`, with every fault and its path' })
  async edit(
    @Param('definition') definition: string,
    @Body() { cron, timeZone }: EditScheduleDto,
    @Req() request: AuthenticatedRequest,
  ): Promise<ScheduleDetailDto> {
    await this.schedules.edit(definition, cron === null ? null : { cron, timeZone }, request.principal.name);
    return this.get(definition);
  }

  @Post(':definition/pause')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    summary: 'Pause a schedule',
    description: 'What would have fired meanwhile is recorded as missed. Runs can still be started by hand.',
  })
  @ApiOkResponse({ type: ScheduleDetailDto })
  @ApiNotFoundResponse({ description: '`definition-not-found`' })
  async pause(@Param('definition') definition: string, @Req() request: AuthenticatedRequest): Promise<ScheduleDetailDto> {
    await this.schedules.setPaused(definition, true, request.principal.name);
    return this.get(definition);
  }

  @Post(':definition/resume')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Let a schedule go on', description: 'From its next firing; what was missed is not caught up.' })
  @ApiOkResponse({ type: ScheduleDetailDto })
  @ApiNotFoundResponse({ description: '`definition-not-found`' })
  async resume(@Param('definition') definition: string, @Req() request: AuthenticatedRequest): Promise<ScheduleDetailDto> {
    await this.schedules.setPaused(definition, false, request.principal.name);
    return this.get(definition);
  }
}
