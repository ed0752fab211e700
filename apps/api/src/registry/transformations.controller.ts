import { Body, Controller, Get, Param, Put, Query, Req } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiForbiddenResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { TransformationRegistry } from '@app/pipeline';
import { RequiresRole, type AuthenticatedRequest } from '@app/platform';
import { VersionQueryDto } from './schema.dto';
import { RegisterTransformationDto, toTransformationVersionDto, TransformationVersionDto } from './transformation.dto';

@ApiTags('Registry')
@Controller('transformations')
export class TransformationsController {
  constructor(private readonly transformations: TransformationRegistry) {}

  @Get()
  @ApiOperation({ summary: 'All transformations, each in its latest version' })
  @ApiOkResponse({ type: [TransformationVersionDto] })
  async list(): Promise<TransformationVersionDto[]> {
    return (await this.transformations.list()).map(toTransformationVersionDto);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One transformation' })
  @ApiOkResponse({ type: TransformationVersionDto })
  @ApiNotFoundResponse({ description: '`transformation-not-found`' })
  async get(@Param('id') id: string, @Query() { version }: VersionQueryDto): Promise<TransformationVersionDto> {
    return toTransformationVersionDto(await this.transformations.get(id, version));
  }

  @Get(':id/history')
  @ApiOperation({ summary: 'All versions of a transformation, oldest first' })
  @ApiOkResponse({ type: [TransformationVersionDto] })
  @ApiNotFoundResponse({ description: '`transformation-not-found`' })
  async history(@Param('id') id: string): Promise<TransformationVersionDto[]> {
    return (await this.transformations.history(id)).map(toTransformationVersionDto);
  }

  @Put(':id')
  @RequiresRole('admin')
  @ApiOperation({
    summary: 'Register a version of a transformation',
    description: 'Versions are only added; an equal one changes nothing. Pipelines use it as `config: {transformation_id, version}`.',
  })
  @ApiOkResponse({ type: TransformationVersionDto })
  @ApiConflictResponse({ description: '`transformation-conflict`: the version exists with another body, or is not later than the latest' })
  @ApiUnprocessableEntityResponse({ description: '`request-invalid`, with every fault and its path' })
  @ApiForbiddenResponse({ description: '`forbidden`' })
  async register(
    @Param('id') id: string,
    @Body() { version, type, body, description }: RegisterTransformationDto,
    @Req() request: AuthenticatedRequest,
  ): Promise<TransformationVersionDto> {
    const registered = await this.transformations.register(
      id,
      { version, type, body, description: description ?? null },
      request.principal.name,
    );
    return toTransformationVersionDto(registered);
  }
}
