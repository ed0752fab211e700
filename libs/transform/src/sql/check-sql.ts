import { PlanSketch } from '../engines/duckdb/describe';
import type { TransformFault } from '../transform.errors';
import { checkQuery } from './query-check';
import { bindParameters } from './query-parameters';
import { sqlConfigSchema } from './sql-step';

/**
 * What is wrong with the settings of a `sql` step whatever its rows will be: missing parameters, and all that makes the query
 * none, or one that must not run. Which relations and columns there are is seen when it runs. Settings of another form have no
 * faults here: their schema has told them.
 *
 * @param workDir for temporary files
 */
export async function checkSql(config: unknown, workDir: string, signal: AbortSignal): Promise<readonly TransformFault[]> {
  const settings = sqlConfigSchema.safeParse(config);
  if (!settings.success) return [];
  const { sql, faults } = bindParameters(settings.data.query, settings.data.parameters);
  const sketch = await PlanSketch.open({ workDir, inputs: [] }, signal);
  try {
    const checked = checkQuery(await sketch.parse(sql), null);
    return [...faults, ...checked.faults.map((message) => ({ path: 'sql_query', message }))];
  } finally {
    sketch.close();
  }
}
