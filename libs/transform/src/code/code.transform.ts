import type { Column } from '@app/platform';
import { COLUMN_TYPES } from '@app/platform';
import { z } from 'zod';
import type { CodeLimits, CodeModule, CodeRelation } from '../plan';
import { InputInvalidError } from '../transform.errors';
import { findModule, MODULE_NAME } from './code-module';
import { runThread } from './code-thread';

export const codeTransformConfigSchema = z.strictObject({
  function_path: z.string().regex(MODULE_NAME, 'expected the name of a module: letters, digits, - and _, no path'),
  kwargs: z.record(z.string(), z.unknown()).default({}),
});
export type CodeTransformConfig = z.output<typeof codeTransformConfigSchema>;

export interface CodeSettings {
  /** The folder of the modules; null when there are none. */
  readonly modulesDir: string | null;
  readonly limits: CodeLimits;
}

/** Rows that go into a step: the first columns of a relation, under the names that they have for the module. */
export interface CodeInput {
  readonly relation: string;
  readonly columns: readonly Column[];
}

/** What a run records of the module that it used. */
export interface CodeReport {
  readonly module: string;
  /** What the module says of itself; null when it says nothing. */
  readonly version: string | null;
  readonly sha256: string;
}

/** One step of a chain. Its columns are null when they are known only once it ran. */
export interface CodeStep {
  readonly relations: readonly [CodeRelation];
  readonly output: { readonly relation: string; readonly columns: readonly Column[] | null };
  readonly report: CodeReport;
}

const descriptionSchema = z.object({
  output: z.array(z.strictObject({ name: z.string().min(1), type: z.enum(COLUMN_TYPES) })).optional(),
  kwargsSchema: z.record(z.string(), z.unknown()).optional(),
  version: z.union([z.string(), z.number()]).transform(String).optional(),
});

/** Steps that are reviewed modules of the deployment, `<function_path>.mjs`. Each run loads the module anew. */
export class CodeTransform {
  readonly kind = 'code';
  readonly configSchema = codeTransformConfigSchema;

  constructor(private readonly settings: CodeSettings) {}

  /**
   * Compiles one step over an earlier relation. Loads the module in a thread to read what it says about itself; runs nothing.
   *
   * @param prefix names the step's relation, unique in the plan
   * @throws {InputInvalidError} when the module is missing or not one, or refuses the kwargs, every fault at once
   */
  async compileStep(config: CodeTransformConfig, input: CodeInput, prefix: string, signal: AbortSignal): Promise<CodeStep> {
    const { modulesDir, limits } = this.settings;
    const { function_path: name, kwargs } = config;
    const module = await findModule(modulesDir, name);
    const { output = null, kwargsSchema, version = null } = await describe(module, limits, signal);
    if (kwargsSchema) checkKwargs(module, kwargsSchema, kwargs);
    const relation: CodeRelation = {
      kind: 'code',
      name: prefix,
      from: input.relation,
      input: input.columns,
      output,
      module,
      kwargs,
      limits,
    };
    return {
      relations: [relation],
      output: { relation: prefix, columns: output },
      report: { module: name, version, sha256: module.sha256 },
    };
  }
}

async function describe(module: CodeModule, limits: CodeLimits, signal: AbortSignal): Promise<z.output<typeof descriptionSchema>> {
  const exchange = { next: () => Promise.resolve(null), take: () => Promise.resolve() };
  const end = await runThread(module, { describe: true, input: [], output: null, kwargs: {} }, exchange, limits, signal);
  const described = descriptionSchema.safeParse(end.say === 'described' ? JSON.parse(end.json) : {});
  if (!described.success) throw invalid(module, 'states something unusable about itself', described.error);
  const names = described.data.output?.map((column) => column.name.toLowerCase());
  if (names && (names.length === 0 || new Set(names).size < names.length)) {
    throw new InputInvalidError(`The output of code module ${module.name} has to list at least one column, and none twice.`);
  }
  return described.data;
}

function checkKwargs(module: CodeModule, schema: Record<string, unknown>, kwargs: Readonly<Record<string, unknown>>): void {
  const checked = kwargsCheck(module, schema).safeParse(kwargs);
  if (!checked.success) throw invalid(module, 'does not take these kwargs', checked.error);
}

function kwargsCheck(module: CodeModule, schema: Record<string, unknown>): z.ZodType {
  try {
    return z.fromJSONSchema(schema);
  } catch (error) {
    throw new InputInvalidError(
      `The kwargsSchema of code module ${module.name} is no JSON Schema that can be checked.`,
      {},
      { cause: error },
    );
  }
}

function invalid(module: CodeModule, what: string, error: z.ZodError): InputInvalidError {
  const faults = error.issues.map(({ path, message }) => `${path.join('.') || '(all)'}: ${message}`);
  return new InputInvalidError(`Code module ${module.name} ${what}: ${faults.join('; ')}.`, { faults });
}
