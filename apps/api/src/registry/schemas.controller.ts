import { Body, Controller, Get, Param, ParseBoolPipe, Put, Query, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiConflictResponse,
  ApiForbiddenResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { SchemaRegistry } from '@app/pipeline';
import { RequiresRole, type AuthenticatedRequest } from '@app/platform';
import { SchemaComparisonDto, SchemaComparisonQueryDto, SchemaVersionDto, toSchemaVersionDto, VersionQueryDto } from './schema.dto';

@ApiTags('Registry')
@Controller('schemas')
export class SchemasController {
  constructor(private readonly schemas: SchemaRegistry) {}

  @Get()
  @ApiOperation({ summary: 'All schemas, each in its latest version' })
  @ApiOkResponse({ type: [SchemaVersionDto] })
  async list(): Promise<SchemaVersionDto[]> {
    return (await this.schemas.list()).map(toSchemaVersionDto);
  }

  @Get(':name')
  @ApiOperation({ summary: 'One schema' })
  @ApiOkResponse({ type: SchemaVersionDto })
  @ApiNotFoundResponse({ description: '`schema-not-found`' })
  async get(@Param('name') name: string, @Query() { version }: VersionQueryDto): Promise<SchemaVersionDto> {
    return toSchemaVersionDto(await this.schemas.get(name, version));
  }

  @Get(':name/versions')
  @ApiOperation({ summary: 'All versions of a schema, newest first' })
  @ApiOkResponse({ type: [SchemaVersionDto] })
  @ApiNotFoundResponse({ description: '`schema-not-found`' })
  async versions(@Param('name') name: string): Promise<SchemaVersionDto[]> {
    return (await this.schemas.history(name)).map(toSchemaVersionDto);
  }

  @Get(':name/diff')
  @ApiOperation({ summary: 'What changed between two versions of a schema' })
  @ApiOkResponse({ type: SchemaComparisonDto })
  @ApiNotFoundResponse({ description: '`schema-not-found`' })
  @ApiUnprocessableEntityResponse({ description: '`request-invalid`' })
  async compare(@Param('name') name: string, @Query() { from, to }: SchemaComparisonQueryDto): Promise<SchemaComparisonDto> {
    return this.schemas.compare(name, from, to);
  }

  @Put(':name')
  @RequiresRole('operator')
  @ApiOperation({
    summary: 'Register a version of a schema',
    description: 'Versions are only added. Without `version`, it is the next one; a document equal to the latest then changes nothing.',
  })
  @ApiBody({
    type: Object,
    description: '`{version?, description?, columns: [{name, dtype, nullable?, default?, description?, renamed_from?}]}`',
  })
  @ApiQuery({
    name: 'allow_breaking',
    required: false,
    type: Boolean,
    description: 'Registers changes that break what reads the latest version',
  })
  @ApiOkResponse({ type: SchemaVersionDto })
  @ApiConflictResponse({ description: '`schema-conflict`: the version exists with other columns, is not later than the latest, or breaks' })
  @ApiUnprocessableEntityResponse({ description: '`request-invalid`, with every fault and its path' })
  @ApiForbiddenResponse({ description: '`forbidden`' })
  async register(
    @Param('name') name: string,
    @Body() document: Record<string, unknown>,
    @Req() request: AuthenticatedRequest,
    @Query('allow_breaking', new ParseBoolPipe({ optional: true })) allowBreaking = false,
  ): Promise<SchemaVersionDto> {
    const options = { createdBy: request.principal.name, allowBreaking };
    return toSchemaVersionDto(await this.schemas.register(name, document, options));
  }
}
