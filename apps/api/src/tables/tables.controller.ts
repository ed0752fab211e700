import { Controller, Get, Header, HttpCode, HttpStatus, Inject, Param, Post, Put, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiConsumes,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { Catalog, TableReader } from '@app/persistence';
import { TableNotFoundError, UPLOAD_SCHEMA, uploadConfig, UploadService, type UploadMode } from '@app/pipeline';
import { RequiresRole } from '@app/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { TableErrorFilter } from './table-error.filter';
import { toReadRequest } from './table-query';
import { uploadBody } from './upload-body';
import { withUploadForm } from './upload-form';
import { toValidationReportDto, ValidationReportDto } from './validation.dto';

const JSON_TYPE = 'application/json; charset=utf-8';
const CSV_TYPE = 'text/csv; charset=utf-8';
const MESSAGES = { schema: { type: 'array', items: { type: 'string' } } };
const TASK_ID = {
  description: 'The task id as a bare JSON string; follow it with `GET /task/{id}`',
  schema: { type: 'string', format: 'uuid' },
};

@ApiTags('Tables')
@UseFilters(TableErrorFilter)
@Controller('table')
export class TablesController {
  constructor(
    private readonly catalog: Catalog,
    private readonly reader: TableReader,
    private readonly uploads: UploadService,
    @Inject(uploadConfig.KEY) private readonly config: ConfigType<typeof uploadConfig>,
  ) {}

  @Get(':name')
  @ApiOperation({
    summary: 'Read a table',
    description: 'Streamed, in the order of the database. Every value is a text; a missing one is `None`, in CSV an empty cell.',
  })
  @ApiQuery({ name: 'limit', required: false, type: Number, description: 'All rows by default' })
  @ApiQuery({ name: 'offset', required: false, type: Number })
  @ApiQuery({ name: 'columns', required: false, type: String, description: 'Names with commas between; all by default' })
  @ApiQuery({ name: 'format', required: false, enum: ['json', 'csv'] })
  @ApiOkResponse({ schema: { type: 'array', items: { type: 'object', additionalProperties: { type: 'string' } } } })
  @ApiNotFoundResponse(MESSAGES)
  @ApiBadRequestResponse(MESSAGES)
  async read(
    @Param('name') name: string,
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    const table = await this.catalog.find(UPLOAD_SCHEMA, name);
    if (!table) throw new TableNotFoundError(name);
    const request = toReadRequest(table, query);
    void reply.header('Content-Type', request.format === 'json' ? JSON_TYPE : CSV_TYPE);
    return this.reader.open(request);
  }

  @Put(':name')
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'Replace all rows of a table', description: 'Checked at once, loaded by the task in one transaction.' })
  @ApiConsumes('multipart/form-data')
  @ApiBody(uploadBody)
  @ApiOkResponse(TASK_ID)
  @ApiBadRequestResponse({ ...MESSAGES, description: 'Everything that is wrong, in the order of the file' })
  @ApiPayloadTooLargeResponse(MESSAGES)
  replace(@Param('name') name: string, @Req() request: FastifyRequest): Promise<string> {
    return this.enqueue(request, name, { kind: 'replace' });
  }

  @Post(':name')
  @HttpCode(HttpStatus.OK)
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({ summary: 'Append rows to a table', description: 'The same rows sent twice are stored twice.' })
  @ApiConsumes('multipart/form-data')
  @ApiBody(uploadBody)
  @ApiOkResponse(TASK_ID)
  @ApiBadRequestResponse({ ...MESSAGES, description: 'Everything that is wrong, in the order of the file' })
  @ApiPayloadTooLargeResponse(MESSAGES)
  append(@Param('name') name: string, @Req() request: FastifyRequest): Promise<string> {
    return this.enqueue(request, name, { kind: 'append' });
  }

  @Post(':name/column/:column')
  @HttpCode(HttpStatus.OK)
  @Header('Content-Type', JSON_TYPE)
  @ApiOperation({
    summary: 'Replace the rows that share a column’s values with the upload',
    description: 'By `siteId` or `ProposalID`, the two together are the key where the upload has both.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody(uploadBody)
  @ApiOkResponse(TASK_ID)
  @ApiBadRequestResponse({ ...MESSAGES, description: 'Everything that is wrong, in the order of the file' })
  @ApiPayloadTooLargeResponse(MESSAGES)
  update(@Param('name') name: string, @Param('column') column: string, @Req() request: FastifyRequest): Promise<string> {
    return this.enqueue(request, name, { kind: 'column', column });
  }

  @Post(':name/validate')
  @HttpCode(HttpStatus.OK)
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'Check an upload', description: 'Answers every finding, warnings included; nothing is written.' })
  @ApiConsumes('multipart/form-data')
  @ApiBody(uploadBody)
  @ApiOkResponse({ type: ValidationReportDto })
  @ApiBadRequestResponse({ ...MESSAGES, description: 'The file cannot be read' })
  @ApiNotFoundResponse(MESSAGES)
  validate(@Param('name') table: string, @Req() request: FastifyRequest): Promise<ValidationReportDto> {
    return withUploadForm(request, this.config, async (form) =>
      toValidationReportDto(await this.uploads.validate({ ...form, table, mode: { kind: 'append' } })),
    );
  }

  private async enqueue(request: FastifyRequest, table: string, mode: UploadMode): Promise<string> {
    return JSON.stringify(await withUploadForm(request, this.config, (form) => this.uploads.enqueue({ ...form, table, mode })));
  }
}
