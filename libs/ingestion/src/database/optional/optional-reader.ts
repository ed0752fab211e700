import { type DatabaseConnection, describeConnection } from '@app/platform';
import type { DatabaseSourceConfig } from '../database.config';
import { sourceError } from '../database.errors';
import { checkColumns, sourceQuery } from '../source-query';
import type { SourceReader } from '../source-reader';
import { openMssql } from './mssql-query';
import { openOracle } from './oracle-query';
import { WholeQueryReader } from './whole-query';

/** A reader on a driver that the operator installs beside the platform. */
export async function openOptional(connection: DatabaseConnection, config: DatabaseSourceConfig): Promise<SourceReader> {
  const request = `The query of ${describeConnection(connection)}`;
  const dialect = connection.dialect === 'oracle' ? 'oracle' : 'mssql';
  const query = sourceQuery(config, dialect);
  try {
    const open = await (dialect === 'oracle' ? openOracle : openMssql)(connection, query, config);
    checkColumns(open.columns);
    return new WholeQueryReader(open, request, config.batchSize);
  } catch (error) {
    throw sourceError(error, request);
  }
}
