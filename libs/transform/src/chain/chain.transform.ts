import { z } from 'zod';
import type { CodeTransform } from '../code/code.transform';
import { configStep } from '../config/config-step';
import type { Transform } from '../transform';
import { codeStep } from './code-step';
import { compileChain, type ChainStep } from './compile-chain';
import { severalStreams, type StepKind, type StepResult } from './step';
import { sqlStep } from '../sql/sql-step';

const MAX_STEPS = 50;

const noStep: StepKind = {
  kind: 'none',
  configSchema: z.strictObject({}),
  async compileStep(_config, { input }): Promise<StepResult> {
    if (!input) throw severalStreams();
    return { relations: [], output: input, keepsRows: true, issues: [], checks: [] };
  },
};

/** The kinds of step that a chain may have. */
export function stepKinds(code: CodeTransform | null): readonly StepKind[] {
  return [noStep, sqlStep, configStep, ...(code ? [codeStep(code)] : [])];
}

/** One step alone, as a kind of transform of its own. */
export function stepTransform(kind: StepKind): Transform {
  return {
    kind: kind.kind,
    configSchema: kind.configSchema,
    compile: (config, context) => compileChain([{ kind, config, path: '' }], context),
  };
}

/** Several steps, each over the rows of the one before. Configuration: a list of `{kind, config, name?}`. */
export function chainTransform(kinds: readonly StepKind[]): Transform<readonly ChainStep[]> {
  return { kind: 'chain', configSchema: chainSchema(kinds), compile: compileChain };
}

/** Parses the configuration of every step too, and names all faults with their paths. */
export function chainSchema(kinds: readonly StepKind[]): z.ZodType<readonly ChainStep[]> {
  const byKind = new Map(kinds.map((kind) => [kind.kind, kind]));
  const step = z.strictObject({
    kind: z.string(),
    config: z.unknown().optional(),
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,62}$/, 'expected a lower-case name of letters, digits and _')
      .optional(),
  });
  return z
    .array(step)
    .min(1)
    .max(MAX_STEPS)
    .transform((steps, context) =>
      steps.flatMap(({ kind: kindName, config, name }, index): ChainStep[] => {
        const kind = byKind.get(kindName);
        const fault = (path: readonly PropertyKey[], message: string): void => {
          context.addIssue({ code: 'custom', path: [index, ...path], message });
        };
        if (!kind) {
          fault(['kind'], `there is no kind ${kindName}; expected one of ${[...byKind.keys()].join(', ')}`);
          return [];
        }
        const parsed = kind.configSchema.safeParse(config ?? {});
        for (const { path, message } of parsed.error?.issues ?? []) fault(['config', ...path], message);
        return parsed.success ? [{ kind, config: parsed.data, name, path: `${index}.config` }] : [];
      }),
    );
}
