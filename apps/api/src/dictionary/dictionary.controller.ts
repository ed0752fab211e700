import { Controller, Get, Query } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags, ApiUnprocessableEntityResponse } from '@nestjs/swagger';
import { DictionaryService } from '@app/pipeline';
import {
  DictionaryDifferenceDto,
  DictionaryDifferenceQueryDto,
  DictionaryQueryDto,
  DictionaryVersionDto,
  toDictionaryVersionDto,
} from './dictionary.dto';

@ApiTags('REDCap')
@Controller('dictionary')
export class DictionaryController {
  constructor(private readonly dictionaries: DictionaryService) {}

  @Get('versions')
  @ApiOperation({
    summary: 'The states of a data dictionary, newest first',
    description: 'A run that brings a dictionary other than the last one adds a version.',
  })
  @ApiOkResponse({ type: [DictionaryVersionDto] })
  @ApiNotFoundResponse({ description: '`definition-not-found`' })
  async versions(@Query() { pipeline }: DictionaryQueryDto): Promise<DictionaryVersionDto[]> {
    return (await this.dictionaries.versions(pipeline)).map(toDictionaryVersionDto);
  }

  @Get('diff')
  @ApiOperation({
    summary: 'What changed between two versions of a data dictionary',
    description: 'Fields added, removed and changed, their choices, and the mapping rows, columns and tables that each touches.',
  })
  @ApiOkResponse({ type: DictionaryDifferenceDto })
  @ApiNotFoundResponse({ description: '`definition-not-found`, `dictionary-version-not-found`' })
  @ApiUnprocessableEntityResponse({
    description: '`request-invalid`; `mapping-invalid` or `input-invalid` when the mapping cannot be read',
  })
  async difference(@Query() { pipeline, from, to }: DictionaryDifferenceQueryDto): Promise<DictionaryDifferenceDto> {
    return { pipeline, from, to, ...(await this.dictionaries.difference(pipeline, from, to)) };
  }
}
