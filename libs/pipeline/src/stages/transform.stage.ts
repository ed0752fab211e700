import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import type { LocalPart } from '@app/platform';
import { DuckDbEngine, type Plan, SpillDirectory, type TransformResult, writtenPlan } from '@app/transform';
import { Repository } from 'typeorm';
import { SchemaValidation } from '../registry/schemas/schema-validation';
import { TransformationRegistry, type UsedTransformation } from '../registry/transformations/transformation-registry';
import { RunEntity } from '../runs/run.entity';
import { Connectors } from './connectors';
import { engineConfig } from './engine.config';
import type { Stage, StageContext, StageOutcome } from './stage';
import { streamsOf } from './streams';
import { withKeys, type TransformAttributes } from './transformed-tables';

/** Where the report of a run names the registered transformations that it used. */
const USED = 'transformations';

@Injectable()
export class TransformStage implements Stage {
  readonly name = 'transform';

  constructor(
    private readonly connectors: Connectors,
    private readonly engine: DuckDbEngine,
    @Inject(engineConfig.KEY) private readonly config: ConfigType<typeof engineConfig>,
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
    private readonly transformations: TransformationRegistry,
    private readonly schemas: SchemaValidation,
  ) {}

  /**
   * Compiles the definition's transform and runs the plan over the staged parts. Each table becomes one Parquet part, unless
   * it only reshapes rows one by one: then its recipe is kept, and carried out while it is loaded.
   */
  async run(context: StageContext): Promise<StageOutcome> {
    const { definition, staging, signal, progress } = context;
    const { definition: resolved, used } = await this.transformations.resolveDefinition(definition, usedBefore(context.run));
    const { transform, config } = await this.connectors.openTransform(resolved);
    const extract = await staging.sealed('extract');
    const spill = await SpillDirectory.create(this.config.spillRoot);
    const workDir = spill.path;
    try {
      const parts = await staging.materialise(extract.parts, join(workDir, 'parts'), signal);
      const { schemaValidation } = definition;
      const { streams, issues } = await this.schemas.before(schemaValidation, streamsOf(parts), { workDir, signal });
      const input = { streams, workDir, signal, table: definition.target.table ?? null };
      const compiled = await this.schemas.after(schemaValidation, await transform.compile(config, input), issues);
      // A run that ends here hands its tables to other runs.
      const plan = context.run.stages === null ? compiled : writtenPlan(compiled);
      const result = await this.engine.run(plan, input, workDir, { signal, progress });
      return await this.keep(context, { ...result, schema: plan.schema }, parts, used);
    } finally {
      await spill.remove();
    }
  }

  private async keep(
    { run, staging }: StageContext,
    result: TransformResult & Pick<Plan, 'schema'>,
    parts: readonly LocalPart[],
    used: readonly UsedTransformation[],
  ): Promise<StageOutcome> {
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
      ...(result.schema && { schema: result.schema }),
    };
    run.report = { ...result.reports, ...(used.length > 0 && { [USED]: used }) };
    await this.runs.update(run.id, { issues: result.issues, report: run.report as never, lineage: result.lineage });
    const manifest = await dataset.seal({ ...attributes });
    return {
      rows: attributes.tables.reduce((sum, table) => sum + table.rows, 0),
      bytes: manifest.parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    };
  }
}

/** What an earlier unit or attempt of the run used. Written by this stage. */
const usedBefore = ({ report }: RunEntity): readonly UsedTransformation[] => (report?.[USED] ?? []) as readonly UsedTransformation[];
