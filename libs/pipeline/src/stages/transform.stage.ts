import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import { StagingStore, type Manifest } from '@app/platform';
import { DuckDbEngine, type StreamInput, type TransformResult } from '@app/transform';
import { Repository } from 'typeorm';
import { RunEntity } from '../runs/run.entity';
import { Connectors } from './connectors';
import { engineConfig } from './engine.config';
import type { Stage, StageContext, StageOutcome } from './stage';
import { sealed, type TransformAttributes } from './transformed-tables';

@Injectable()
export class TransformStage implements Stage {
  readonly name = 'transform';

  constructor(
    private readonly connectors: Connectors,
    private readonly staging: StagingStore,
    private readonly engine: DuckDbEngine,
    @Inject(engineConfig.KEY) private readonly config: ConfigType<typeof engineConfig>,
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
  ) {}

  /** Compiles the definition's transform and runs the plan over the staged parts; each table becomes one Parquet part. */
  async run({ run, definition, signal, progress }: StageContext): Promise<StageOutcome> {
    const { transform, config } = await this.connectors.openTransform(definition);
    const extract = await sealed(this.staging, run.id, 'extract');
    const workDir = join(this.config.spillRoot, `run-${run.id}`);
    await rm(workDir, { recursive: true, force: true });
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    try {
      const streams = await this.streams(extract, workDir, signal);
      const context = { streams, workDir, signal };
      const plan = await transform.compile(config, context);
      const result = await this.engine.run(plan, context, workDir, { signal, progress });
      return await this.keep(run, result);
    } finally {
      await rm(workDir, { recursive: true, force: true });
    }
  }

  private async streams(extract: Manifest, workDir: string, signal: AbortSignal): Promise<ReadonlyMap<string, StreamInput>> {
    const parts = await this.staging.materialise(extract.parts, join(workDir, 'parts'), signal);
    const inputs = [...new Set(parts.map((part) => part.stream))].map((stream): StreamInput => {
      const files = parts.filter((part) => part.stream === stream);
      return { stream, files, columns: [...new Set(files.flatMap((file) => file.columns))] };
    });
    return new Map(inputs.map((input) => [input.stream, input]));
  }

  private async keep(run: RunEntity, result: TransformResult): Promise<StageOutcome> {
    await this.staging.discard(run.id, this.name); // what an attempt that died left behind
    const dataset = await this.staging.open(run.id, this.name);
    for (const [index, table] of result.tables.entries()) {
      const name = `table-${String(index).padStart(4, '0')}`;
      await dataset.writeFile(
        {
          stream: table.table.name,
          name,
          format: 'parquet',
          resumeToken: name,
          rows: table.rows,
          columns: table.table.columns.map((column) => column.name),
        },
        table.path,
      );
    }
    const attributes: TransformAttributes = {
      tables: result.tables.map((table) => ({ shape: table.table, fingerprint: table.fingerprint })),
      population: result.population,
    };
    await this.runs.update(run.id, { issues: result.issues, report: result.reports as never, lineage: result.lineage });
    const manifest = await dataset.seal({ ...attributes });
    return {
      rows: manifest.parts.reduce((sum, part) => sum + part.rows, 0),
      bytes: manifest.parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    };
  }
}
