import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import type { LocalPart } from '@app/platform';
import { DuckDbEngine, type TransformResult } from '@app/transform';
import { Repository } from 'typeorm';
import { RunEntity } from '../runs/run.entity';
import { Connectors } from './connectors';
import { engineConfig } from './engine.config';
import type { Stage, StageContext, StageOutcome } from './stage';
import { streamsOf } from './streams';
import { withKeys, type TransformAttributes } from './transformed-tables';
import { workFolder } from './work-folder';

@Injectable()
export class TransformStage implements Stage {
  readonly name = 'transform';

  constructor(
    private readonly connectors: Connectors,
    private readonly engine: DuckDbEngine,
    @Inject(engineConfig.KEY) private readonly config: ConfigType<typeof engineConfig>,
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
  ) {}

  /**
   * Compiles the definition's transform and runs the plan over the staged parts. Each table becomes one Parquet part, unless
   * it only reshapes rows one by one: then its recipe is kept, and carried out while it is loaded.
   */
  async run(context: StageContext): Promise<StageOutcome> {
    const { definition, staging, signal, progress } = context;
    const { transform, config } = await this.connectors.openTransform(definition);
    const extract = await staging.sealed('extract');
    const workDir = workFolder(this.config.spillRoot, 'run', context.unit);
    await rm(workDir, { recursive: true, force: true });
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    try {
      const parts = await staging.materialise(extract.parts, join(workDir, 'parts'), signal);
      const input = { streams: streamsOf(parts), workDir, signal, table: definition.target.table ?? null };
      const plan = await transform.compile(config, input);
      const result = await this.engine.run(plan, input, workDir, { signal, progress });
      return await this.keep(context, result, parts);
    } finally {
      await rm(workDir, { recursive: true, force: true });
    }
  }

  private async keep({ run, staging }: StageContext, result: TransformResult, parts: readonly LocalPart[]): Promise<StageOutcome> {
    await staging.discard(this.name); // what an attempt that died left behind
    const dataset = await staging.open(this.name);
    for (const [index, { table, rows, path }] of result.tables.entries()) {
      const name = `table-${String(index).padStart(4, '0')}`;
      const columns = table.columns.map((column) => column.name);
      const types = table.columns.map((column) => column.type);
      await dataset.writeFile({ stream: `table-${index}`, name, format: 'parquet', resumeToken: name, rows, columns, types }, path);
    }
    const attributes: TransformAttributes = {
      tables: [
        ...result.tables.map(({ table, fingerprint, rows }) => ({ shape: table, fingerprint, rows })),
        ...result.streamed.map(({ table, fingerprint, rows, source }) => ({
          shape: table,
          fingerprint,
          rows,
          source: withKeys(source, parts),
        })),
      ],
      population: result.population,
    };
    await this.runs.update(run.id, { issues: result.issues, report: result.reports as never, lineage: result.lineage });
    const manifest = await dataset.seal({ ...attributes });
    return {
      rows: attributes.tables.reduce((sum, table) => sum + table.rows, 0),
      bytes: manifest.parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    };
  }
}
