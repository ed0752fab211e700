import type { Column } from '@app/platform';
import type { CodeTransform, CodeTransformConfig } from '../code/code.transform';
import { quoteIdentifier } from '../sql-text';
import { severalStreams, type StepKind, type StepRelation, type StepTools } from './step';
import { valueOf } from './step-value';

/** A reviewed module as a step of a chain. */
export function codeStep(transform: CodeTransform): StepKind<CodeTransformConfig> {
  return {
    kind: transform.kind,
    configSchema: transform.configSchema,

    async compileStep(config, { input, prefix }, tools) {
      if (!input) throw severalStreams();
      const relation = `${prefix}_input`;
      const sql = await tools.exact.settle(() => typedRows(input, tools));
      const columns = input.columns.map(({ name, type }): Column => ({ name, type }));
      const step = await transform.compileStep(config, { relation, columns }, `${prefix}_code`, tools.signal);
      const found = step.output.columns?.map(({ name, type }) => ({ name, sql: quoteIdentifier(name), type })) ?? null;
      return {
        relations: [{ kind: 'sql', name: relation, sql }, ...step.relations],
        output: { relation: step.output.relation, columns: found },
        keepsRows: false,
        issues: [],
        checks: [],
        report: step.report,
      };
    },
  };
}

function typedRows({ relation, columns }: StepRelation, { exact }: StepTools): string {
  const cells = columns.map((column, index) => `${valueOf(column, exact).sql} as c${index}`);
  return `select ${cells.join(', ')} from ${relation}`;
}
