import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { Column } from '@app/platform';
import {
  DuckDbEngine,
  type FileRelation,
  type Plan,
  type StreamInput,
  type TransformContext,
  type TransformIssue,
  type WrittenTable,
} from '@app/transform';
import { SchemaValidationError, type ConformOptions } from '@app/validation';
import { withOutputSchema } from './schema-check';
import { SchemaRegistry } from './schema-registry';
import type { SchemaValidationConfig } from './schema-validation.schema';

type Streams = TransformContext['streams'];

/** Holds the rows of a run to schemas, before and after its transform. */
@Injectable()
export class SchemaValidation {
  constructor(
    private readonly schemas: SchemaRegistry,
    private readonly engine: DuckDbEngine,
  ) {}

  /**
   * The staged rows as the input schema wants them, written once to `workDir`; without one, as they are.
   *
   * @throws {SchemaValidationError} when strict, or when the extract has several streams
   */
  async before(
    config: SchemaValidationConfig | undefined,
    streams: Streams,
    { workDir, signal }: Pick<TransformContext, 'workDir' | 'signal'>,
  ): Promise<{ readonly streams: Streams; readonly issues: readonly TransformIssue[] }> {
    if (config?.input === undefined) return { streams, issues: [] };
    const schema = await this.schemas.resolve(config.input);
    const [stream, ...others] = streams.values();
    if (!stream || others.length > 0) throw new SchemaValidationError(`an input schema is for one stream; the extract has ${streams.size}`);
    const plan = withOutputSchema(planOf(stream), schema, optionsOf(config));
    const control = { signal, progress: () => undefined };
    const { tables, issues } = await this.engine.run(plan, { workDir }, join(workDir, 'schema-input'), control);
    return { streams: new Map(tables.map((written) => [stream.stream, streamOf(stream, written)])), issues };
  }

  /** The plan of the transform with its outputs held to the output schema, and with what was found `before`. */
  async after(config: SchemaValidationConfig | undefined, plan: Plan, found: readonly TransformIssue[]): Promise<Plan> {
    if (config === undefined) return plan;
    const issues = [...found, ...plan.issues];
    // Rows that were rewritten are no staged parts any more, and cannot be evaluated again while they are loaded.
    const written =
      config.input === undefined ? plan : { ...plan, outputs: plan.outputs.map((output) => ({ ...output, streamed: undefined })) };
    if (config.output === undefined) return { ...written, issues };
    return withOutputSchema({ ...written, issues }, await this.schemas.resolve(config.output), optionsOf(config));
  }
}

const optionsOf = ({ strict, allow_extra_columns }: SchemaValidationConfig): ConformOptions => ({
  strict,
  allowExtraColumns: allow_extra_columns,
});

function planOf({ stream, files, columns, types }: StreamInput): Plan {
  const typed = columns.map((name): Column => ({ name, type: types.get(name) ?? 'string' }));
  const rows: FileRelation = {
    kind: 'files',
    name: 'staged_rows',
    files,
    columns: typed.map(({ name, type }, index) => ({ source: name, name: `c${index}`, type })),
  };
  const outputs = [{ table: { name: stream, columns: typed }, relation: rows.name }];
  return { relations: [rows], outputs, checks: [], issues: [], lineage: [], reports: {} };
}

function streamOf({ stream }: StreamInput, { table, path, rows, sha256 }: WrittenTable): StreamInput {
  const columns = table.columns.map(({ name }) => name);
  return {
    stream,
    files: [{ path, format: 'parquet', columns, rows, sha256 }],
    columns,
    types: new Map(table.columns.map(({ name, type }) => [name, type])),
  };
}
