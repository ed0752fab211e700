import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { InjectRepository } from '@nestjs/typeorm';
import type { StagedTable } from '@app/platform';
import { DuckDbEngine, SpillDirectory, type TransformIssue } from '@app/transform';
import { TypedRowsCheck, type DeclaredRule } from '@app/validation';
import { isDeepStrictEqual } from 'node:util';
import { Repository } from 'typeorm';
import type { PipelineDefinition } from '../definitions/definition';
import { RunEntity } from '../runs/run.entity';
import { engineConfig } from '../stages/engine.config';
import type { StageContext } from '../stages/stage';
import { Targets } from '../stages/targets';
import { stagedTables } from '../stages/transformed-tables';
import { TableReferences } from '../uploads/table-references';
import type { ValidationAttributes } from './accepted-tables';
import { FindingTally } from './finding-tally';
import { QuarantineKeeper } from './quarantine-keeper';
import { ValidationFailedError } from './quarantine.errors';
import { RefusedPart } from './refused-part';
import { withoutRows } from './refused-rows';
import { RunReferences } from './run-references';
import { ruleBookOf, type ValidateSection } from './validate-section';

const STAGE = 'validate';

/** Applies a definition's rules to the tables of a run, before anything of it is loaded. */
@Injectable()
export class RunValidation {
  constructor(
    private readonly engine: DuckDbEngine,
    private readonly targets: Targets,
    private readonly keeper: QuarantineKeeper,
    @Inject(engineConfig.KEY) private readonly config: ConfigType<typeof engineConfig>,
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
  ) {}

  /**
   * Writes the refused rows of each table as a part of the stage's dataset and into the quarantine, and keeps what was found on
   * the run. Called again, it ends as if it had been called once.
   * @throws {ValidationFailedError} where the definition rejects runs with such rows
   */
  async check(context: StageContext): Promise<ValidationAttributes> {
    const { definition, staging, signal } = context;
    const { validate } = definition;
    if (!validate) return { refused: [] };
    await staging.discard(STAGE); // what an attempt that died left behind
    const spill = await SpillDirectory.create(this.config.spillRoot);
    const workDir = spill.path;
    try {
      const tables = await stagedTables(staging, this.engine, workDir, signal);
      const target = new TableReferences(await this.targets.openWarehouse(definition), definition.target.schema);
      const references = new RunReferences(tables, target, (table) => isRenewed(definition, table), signal);
      return await this.checkTables(context, validate, tables, references);
    } finally {
      await spill.remove();
    }
  }

  private async checkTables(
    context: StageContext,
    section: ValidateSection,
    tables: readonly StagedTable[],
    references: RunReferences,
  ): Promise<ValidationAttributes> {
    const outcome = section.onError === 'quarantine' ? '; refused rows are in the quarantine' : '';
    const refused: { table: string; part: string }[] = [];
    const [errors, warnings]: [TransformIssue[], TransformIssue[]] = [[], []];
    for (const [table, rules] of ruleBookOf(section)) {
      const ordinal = tables.findIndex((staged) => staged.table.name === table);
      const staged = tables[ordinal];
      if (!staged) {
        warnings.push(noSuchTable(table));
        continue;
      }
      const tally = new FindingTally(table);
      const part = await this.checkTable(context, staged, rules, references, tally, ordinal);
      refused.push({ table, part: part.name });
      errors.push(...tally.issues('error', outcome));
      warnings.push(...tally.issues('warning'));
      references.checked(withoutRows(staged, part.rows));
    }
    if (section.onError === 'reject' && errors.length > 0)
      throw new ValidationFailedError(
        context.definition.name,
        errors.map(({ message }) => message),
      );
    await this.keepIssues(context.run.id, [...errors, ...warnings]);
    return { refused };
  }

  private async checkTable(
    context: StageContext,
    staged: StagedTable,
    rules: readonly DeclaredRule[],
    references: RunReferences,
    tally: FindingTally,
    ordinal: number,
  ): Promise<RefusedPart> {
    const { run, definition, staging, signal, progress } = context;
    const { name, columns } = staged.table;
    progress({ done: 0, total: null, note: `validate ${name}` });
    const check = new TypedRowsCheck({ name, columns: columns.map((column) => column.name) }, rules, references);
    const part = new RefusedPart(ordinal);
    const quarantined = { shape: staged.table, part: part.sourceName, renewed: isRenewed(definition, name) };
    const keeps = definition.validate?.onError === 'quarantine' && !run.dryRun;
    const content = part.content(staged, check, tally, signal, async (rows) => {
      if (keeps) await this.keeper.keep(context, quarantined, rows);
    });
    await (await staging.open(STAGE)).write(part.of(content));
    return part;
  }

  /** An attempt that died may have kept the same. */
  private async keepIssues(runId: string, found: readonly TransformIssue[]): Promise<void> {
    if (found.length === 0) return;
    const { issues } = await this.runs.findOneOrFail({ select: { id: true, issues: true }, where: { id: runId } });
    const others = (issues ?? []).filter((issue) => !found.some((own) => isDeepStrictEqual(own, issue)));
    await this.runs.update(runId, { issues: [...others, ...found] });
  }
}

/** Whether each run decides about all rows of a table, so that nothing of earlier runs stays. */
const isRenewed = ({ load }: PipelineDefinition, table: string): boolean =>
  ['replace', 'truncate'].includes({ ...load, ...load.tables[table] }.strategy);

const noSuchTable = (table: string): TransformIssue => ({
  severity: 'warning',
  rule: 'rules-without-table',
  table,
  column: null,
  count: 1,
  message: `There are rules for table ${table}, which the run does not have.`,
});
