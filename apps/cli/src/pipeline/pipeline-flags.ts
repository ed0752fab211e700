import { integer } from '@app/platform';
import { InvalidArgumentError, Option } from 'commander';
import { parseFlag } from '../parse-flag';

export interface WaitFlags {
  readonly wait?: boolean;
  /** Seconds; 0 stands for the default. */
  readonly timeout?: number;
}

export interface IngestFlags {
  readonly query?: string;
  readonly sourceDbUrl?: string;
  readonly parameters?: unknown;
  readonly batchSize?: number;
}

export interface PersistFlags {
  readonly tableName?: string;
  readonly schema?: string;
  readonly strategy: string;
  readonly upsertKeys?: readonly string[];
  readonly destDbUrl?: string;
}

const json = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new InvalidArgumentError('Expected JSON.');
  }
};
const wholeNumber = (text: string): number => parseFlag(integer({ min: 0 }), text);
const list = (text: string): string[] => text.split(',').flatMap((name) => name.trim() || []);

export const option = {
  query: () => new Option('--query <sql>', 'the query that draws the rows'),
  sourceDbUrl: () => new Option('--source-db-url <url>', 'the database to read; needs an admin key (default: the server’s SOURCE_DB_URL)'),
  parameters: () => new Option('--parameters <json>', 'values of the query’s :parameters').argParser(json),
  batchSize: () => new Option('--batch-size <rows>', 'rows drawn at once').argParser(wholeNumber),
  type: (flag: string) => new Option(`${flag} <type>`, 'the kind of transform').choices(['sql', 'code', 'config']),
  json: (flag: string) => new Option(`${flag} <json>`, 'the transform’s settings').argParser(json),
  tableName: () => new Option('--table-name <name>', 'the table to write'),
  schema: () => new Option('--schema <name>', 'the schema of the table'),
  strategy: () => new Option('--strategy <name>', 'how to write').choices(['insert', 'upsert', 'replace', 'append']).default('insert'),
  upsertKeys: () => new Option('--upsert-keys <a,b>', 'columns that identify a row').argParser(list),
  destDbUrl: () => new Option('--dest-db-url <url>', 'the database to write; needs an admin key (default: the warehouse)'),
  dataId: () => new Option('--data-id <id>', 'what an earlier task staged'),
  wait: () => new Option('--wait', 'stay until it has ended; exit with 1 when it fails'),
  timeout: () => new Option('--timeout <seconds>', 'how long to wait; 3600 by default').argParser(wholeNumber),
} as const;

export const ingestBody = ({ query, sourceDbUrl, parameters, batchSize }: IngestFlags): Record<string, unknown> => ({
  query,
  source_db_url: sourceDbUrl,
  parameters,
  batch_size: batchSize,
});

export const persistBody = ({ tableName, schema, strategy, upsertKeys, destDbUrl }: PersistFlags): Record<string, unknown> => ({
  table_name: tableName,
  schema,
  strategy,
  upsert_keys: upsertKeys,
  dest_db_url: destDbUrl,
});
