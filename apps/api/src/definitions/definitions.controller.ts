import { Body, Controller, Get, Param, Put, Query, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiForbiddenResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { DefinitionInvalidError, definitionJsonSchema, DefinitionService } from '@app/pipeline';
import { bodyFault, RequestInvalidError, RequiresRole, type AuthenticatedRequest } from '@app/platform';
import { VersionQueryDto } from '../registry/schema.dto';
import { DefinitionDto, toDefinitionDto } from './definition.dto';

@ApiTags('Pipelines')
@Controller('definitions')
export class DefinitionsController {
  constructor(private readonly definitions: DefinitionService) {}

  @Get()
  @ApiOperation({ summary: 'All pipelines, each in its newest version' })
  @ApiOkResponse({ type: [DefinitionDto] })
  async list(): Promise<DefinitionDto[]> {
    return (await this.definitions.list()).map(toDefinitionDto);
  }

  @Get('schema')
  @ApiOperation({ summary: 'The JSON Schema of a definition', description: 'For editors and for checking files before they are deployed.' })
  @ApiOkResponse({ type: Object })
  schema(): Record<string, unknown> {
    return definitionJsonSchema();
  }

  @Get(':name')
  @ApiOperation({ summary: 'One pipeline' })
  @ApiOkResponse({ type: DefinitionDto })
  @ApiNotFoundResponse({ description: '`definition-not-found`' })
  async get(@Param('name') name: string, @Query() { version }: VersionQueryDto): Promise<DefinitionDto> {
    return toDefinitionDto(version === undefined ? await this.definitions.get(name) : await this.definitions.getVersion(name, version));
  }

  @Get(':name/versions')
  @ApiOperation({ summary: 'All versions of a pipeline, newest first' })
  @ApiOkResponse({ type: [DefinitionDto] })
  async versions(@Param('name') name: string): Promise<DefinitionDto[]> {
    return (await this.definitions.versions(name)).map(toDefinitionDto);
  }

  @Put(':name')
  @RequiresRole('admin')
  @ApiOperation({
    summary: 'Store a pipeline as a new version',
    description: 'A document equal to the newest version changes nothing. Needs the role admin: a definition decides where data goes.',
  })
  @ApiBody({ type: Object, description: 'The document, as `GET /definitions/schema` describes it' })
  @ApiOkResponse({ type: DefinitionDto })
  @ApiUnprocessableEntityResponse({
    description: '`definition-invalid`, with every fault and its place in `detail`, and its path within the document in `faults`',
  })
  @ApiForbiddenResponse({ description: '`forbidden`' })
  async put(
    @Param('name') name: string,
    @Body() document: Record<string, unknown>,
    @Req() request: AuthenticatedRequest,
  ): Promise<DefinitionDto> {
    try {
      if (document.name !== undefined && document.name !== name) {
        throw new DefinitionInvalidError(name, [{ path: 'name', message: 'must be the name in the path' }]);
      }
      return toDefinitionDto(await this.definitions.put({ ...document, name }, request.principal.name));
    } catch (error) {
      throw error instanceof DefinitionInvalidError ? asBodyFaults(error, document) : error;
    }
  }
}

/** As faults of any other body, beside their paths within the document. */
function asBodyFaults({ faults, code }: DefinitionInvalidError, document: unknown): RequestInvalidError {
  const inBody = faults.map(({ path, message }) => bodyFault(document, placeOf(path), 'value_error', message));
  return new RequestInvalidError(inBody, code, { faults });
}

const placeOf = (path: string): (string | number)[] => path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
