import { dirname } from 'node:path';
import type { Column } from '@app/platform';
import { PlanSketch, type SketchFolders } from '../engines/duckdb/describe';
import type { Plan, PlanCheck, PlanOutput, Relation, TransformIssue } from '../plan';
import { quoteIdentifier } from '../sql-text';
import type { TransformContext } from '../transform';
import { SourceDataInvalidError, TransformInvalidError } from '../transform.errors';
import { ExactNumbers } from './exact-numbers';
import { stagedRelation, type StagedRelation } from './staged-relations';
import { severalStreams, type StepKind, type StepRelation, type StepResult } from './step';

/** A step with its configuration as the kind's schema gave it. */
export interface ChainStep {
  readonly kind: StepKind;
  readonly config: unknown;
  /** Later steps may query the result under it. */
  readonly name?: string | undefined;
  /** Where the configuration stands in what the user wrote; begins the paths of faults. */
  readonly path: string;
}

const OUTPUT = 'chain_output';

/**
 * Steps over the streams of an extract as one plan with one table, called `context.table`. Every step reads the result of the one before
 * as `input_data`, the first one the only stream; streams and named results are there under their names too.
 *
 * @throws {TransformInvalidError} with every fault of the first step that has any
 * @throws {SourceDataInvalidError} when the extract has no columns
 */
export async function compileChain(steps: readonly ChainStep[], { streams, table, workDir, signal }: TransformContext): Promise<Plan> {
  if (table === null) throw new TransformInvalidError([{ path: '', message: 'this transform makes one table; name it in target.table' }]);
  const staged = [...streams.values()].map(stagedRelation);
  if (staged.every(({ columns }) => columns.length === 0)) throw new SourceDataInvalidError('The extract has no columns to transform.');
  const inputs = staged.flatMap(({ files }) => files.files.map(({ path }) => dirname(path)));
  const begin = (chain: Chain): Promise<void> => chain.begin([...streams.keys()], staged);
  return compileFrom(0, steps, { begin, table, folders: { workDir, inputs }, signal });
}

interface ChainContext {
  /** Makes the earlier relations known to a chain that has just been made. */
  readonly begin: (chain: Chain) => Promise<void>;
  readonly table: string;
  readonly folders: SketchFolders;
  readonly signal: AbortSignal;
}

/** The plan of the steps from one on. It ends at a step whose columns only a run tells; the plan then says how it goes on. */
async function compileFrom(from: number, steps: readonly ChainStep[], context: ChainContext): Promise<Plan> {
  const sketch = await PlanSketch.open(context.folders, context.signal);
  try {
    const chain = new Chain(sketch, context.table, context.signal);
    await context.begin(chain);
    for (const [index, step] of [...steps.entries()].slice(from)) {
      const relation = await chain.add(step, index, index === steps.length - 1);
      if (relation === null) continue;
      const resume = (columns: readonly Column[]): Promise<Plan> =>
        compileFrom(index + 1, steps, { ...context, begin: (next) => next.resume(chain, relation, columns, step.name) });
      return { ...chain.unfinished(), rest: { relation, plan: resume } };
    }
    return chain.plan();
  } finally {
    sketch.close();
  }
}

class Chain {
  private readonly relations: Relation[] = [];
  private readonly issues: TransformIssue[] = [];
  private readonly checks: PlanCheck[] = [];
  private readonly reports: unknown[] = [];
  private readonly named = new Map<string, StepRelation>();
  private readonly exact: ExactNumbers;
  private current: StepRelation | null = null;
  private found: string | null = null;
  /** The relation of files whose rows the current ones still are. */
  private streamed: string | null = null;
  /** Relations that an earlier part of the plan has made. */
  private made = 0;

  constructor(
    private readonly sketch: PlanSketch,
    private readonly table: string,
    private readonly signal: AbortSignal,
  ) {
    this.exact = new ExactNumbers(sketch);
  }

  async begin(names: readonly string[], staged: readonly StagedRelation[]): Promise<void> {
    for (const [index, relation] of staged.entries()) {
      await this.define(relation.files);
      this.named.set(names[index] ?? relation.relation, relation);
    }
    const [only] = staged;
    if (!only || staged.length > 1) return;
    this.current = only;
    this.streamed = only.relation;
  }

  /** Goes on after an earlier chain, whose last relation turned out to have these columns. */
  async resume(before: Chain, relation: string, columns: readonly Column[], name: string | undefined): Promise<void> {
    for (const each of before.relations) {
      await this.define(each.kind === 'code' && each.name === relation ? { ...each, output: columns } : each);
    }
    this.made = this.relations.length;
    this.issues.push(...before.issues);
    this.checks.push(...before.checks);
    this.reports.push(...before.reports);
    for (const [key, value] of before.named) this.named.set(key, value);
    this.current = { relation, columns: columns.map((column) => ({ ...column, sql: quoteIdentifier(column.name) })) };
    if (name !== undefined) this.named.set(name, this.current);
  }

  /** Returns the name of the step's relation when its columns have to be known before the next step and only a run tells them. */
  async add({ kind, config, name, path }: ChainStep, index: number, isLast: boolean): Promise<string | null> {
    const input = { input: this.current, named: this.named, prefix: `step_${index + 1}` };
    const tools = { sketch: this.sketch, exact: this.exact, signal: this.signal };
    const result = await kind.compileStep(config, input, tools).catch((error: unknown) => {
      throw error instanceof TransformInvalidError ? error.below(path) : error;
    });
    for (const relation of result.relations) await this.define(relation);
    this.take(result);
    const { relation, columns } = result.output;
    if (columns) {
      this.current = { relation, columns };
      if (name !== undefined) this.named.set(name, this.current);
    } else if (isLast) {
      this.found = relation;
    } else {
      return relation;
    }
    return null;
  }

  unfinished(): Plan {
    return { relations: this.relations.slice(this.made), outputs: [], checks: [], issues: [], lineage: [], reports: {} };
  }

  plan(): Plan {
    const outputs = [this.output()];
    return {
      relations: this.relations.slice(this.made),
      outputs,
      checks: this.checks.map((check) => ({ ...check, table: this.table })),
      issues: this.issues.map((issue) => ({ ...issue, table: this.table })),
      lineage: [],
      reports: this.reports.length > 0 ? { code: this.reports } : {},
    };
  }

  private output(): PlanOutput {
    if (this.found !== null) return { table: { name: this.table, columns: [] }, relation: this.found, found: true };
    if (!this.current) throw severalStreams();
    const { columns } = this.current;
    return {
      table: { name: this.table, columns: columns.map(({ name, type }) => ({ name, type })) },
      relation: this.outputRelation(this.current),
      ...(this.streamed !== null && { streamed: this.streamed }),
    };
  }

  /** A relation with the columns of the table and no others; files that have just these are copied as they are. */
  private outputRelation({ relation, columns }: StepRelation): string {
    const source = this.relations.find(({ name }) => name === relation);
    const isWhole = source?.kind === 'files' && source.columns.length === columns.length;
    if (isWhole && source.columns.every(({ name }, index) => name === columns[index]?.sql)) return relation;
    const cells = columns.map(({ sql }, index) => `${sql} as c${index}`).join(', ');
    this.relations.push({ kind: 'sql', name: OUTPUT, sql: `select ${cells} from ${relation}` });
    return OUTPUT;
  }

  private take({ keepsRows, issues, checks, report }: StepResult): void {
    if (!keepsRows) this.streamed = null;
    this.issues.push(...issues);
    this.checks.push(...checks);
    if (report !== undefined) this.reports.push(report);
  }

  private async define(relation: Relation): Promise<void> {
    this.relations.push(relation);
    await this.sketch.define(relation);
  }
}
