import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import {
  ApiBody,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiTooManyRequestsResponse,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { TransformPreviews } from '@app/pipeline';
import { PreviewDto, toPreviewDto } from './preview.dto';

const BODY = {
  type: Object,
  description:
    '`transform: {kind, config, name?}` as a definition has it, or `transformation: {type, config, name?}` as `pipeline_config` has it; a list is a ' +
    'chain. Beside it `rows` (at most 1000 objects), with `columns: [{name, type?}]` where names or types do not follow from the rows, or `data_id`, ' +
    'of which the first 1000 rows are taken. `limit`: rows to answer.',
  examples: {
    sql: {
      value: {
        transform: { kind: 'sql', config: { sql_query: 'SELECT crop, COUNT(*) AS n FROM input_data GROUP BY crop' } },
        rows: [{ crop: 'Basil' }],
      },
    },
  },
};

@ApiTags('Transforms')
@Controller('transforms')
export class TransformsController {
  constructor(private readonly previews: TransformPreviews) {}

  @Post('preview')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    summary: 'Try a transform on a few rows',
    description:
      'Nothing is written. Time, memory and the number of previews at once are limited (`PREVIEW_TIMEOUT`, `PREVIEW_MEMORY_LIMIT_BYTES`, ' +
      '`PREVIEW_CONCURRENCY`). A mapping or a drop needs its whole extract: start its pipeline with `dryRun`.',
  })
  @ApiBody(BODY)
  @ApiOkResponse({ type: PreviewDto })
  @ApiUnprocessableEntityResponse({
    description: '`request-invalid`, with every fault and its path; `transform-failed`, with the limit or the step',
  })
  @ApiNotFoundResponse({ description: '`data-not-found`, `transformation-not-found`' })
  @ApiTooManyRequestsResponse({ description: '`preview-busy`' })
  async preview(@Body() body: unknown): Promise<PreviewDto> {
    return toPreviewDto(await this.previews.run(body));
  }
}
