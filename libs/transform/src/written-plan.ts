import type { Plan } from './plan';

/** The plan with tables that are written even where they could be evaluated while they are copied. */
export function writtenPlan(plan: Plan): Plan {
  return { ...plan, outputs: plan.outputs.map(({ table, relation, found }) => ({ table, relation, ...(found && { found }) })) };
}
