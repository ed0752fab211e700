import { AppError, type Manifest, type Part, type StagedPart, type StagingStore } from '@app/platform';
import { z } from 'zod';
import type { ExtractRequest, Source } from '../source';

export const datasetSourceConfigSchema = z.strictObject({
  runId: z.uuid().describe('The run that staged the rows.'),
  stage: z.enum(['extract', 'transform']).describe('The stage of it that did.'),
});
export type DatasetSourceConfig = z.output<typeof datasetSourceConfigSchema>;

export class DatasetGoneError extends AppError {
  readonly code = 'data-not-found';
  constructor({ runId, stage }: DatasetSourceConfig) {
    super(`Nothing is staged any more by the ${stage} of run ${runId}. Run that again, then this.`);
  }
}

/** The rows that another run staged, part by part as they lie there. */
export class DatasetSource implements Source<DatasetSourceConfig> {
  readonly kind = 'dataset';
  readonly configSchema = datasetSourceConfigSchema;

  constructor(private readonly staging: StagingStore) {}

  async check(config: DatasetSourceConfig, signal: AbortSignal): Promise<void> {
    await this.manifest(config, signal);
  }

  async *extract({ config, after, signal }: ExtractRequest<DatasetSourceConfig>): AsyncGenerator<Part> {
    const { parts } = await this.manifest(config, signal);
    const first = parts.findIndex(({ name }) => name === after) + 1;
    for (const part of parts.slice(first)) yield this.again(part, signal);
  }

  private async manifest(config: DatasetSourceConfig, signal: AbortSignal): Promise<Manifest> {
    const manifest = await this.staging.manifest(config.runId, config.stage, { signal });
    if (!manifest) throw new DatasetGoneError(config);
    return manifest;
  }

  private again(part: StagedPart, signal: AbortSignal): Part {
    const { stream, name, format, rows, columns, types } = part;
    return {
      ...{ stream, name, format, resumeToken: name },
      content: this.staging.content(part, signal),
      summary: () => ({ rows, columns, ...(types && { types }) }),
    };
  }
}
