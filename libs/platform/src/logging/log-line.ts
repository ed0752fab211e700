import { loggable } from '../errors/failure';

export const LOG_FORMATS = ['json', 'text', 'console'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

type Fields = Readonly<Record<string, unknown>>;

/** Stands for what is not set, so that every line has the same fields. */
const UNSET = 'N/A';
const LEVEL_WIDTH = 8;
const SHORT_ID_LENGTH = 8;
const COLOURS: Readonly<Record<string, number>> = { DEBUG: 36, INFO: 32, WARN: 33, ERROR: 31, FATAL: 35 };
/** Names of the levels as configured; pino calls two of them differently. */
const LEVEL_NAMES: Readonly<Record<string, string>> = { WARN: 'WARNING', FATAL: 'CRITICAL' };

export const levelName = (label: string): string => LEVEL_NAMES[label.toUpperCase()] ?? label.toUpperCase();

/**
 * The fields of a line: its context under the names that log searches know, an error as `exception`, all else below
 * `extra`, where no name can clash with ours.
 */
export function logFields(fields: Fields): Fields {
  const { context, correlationId, pipelineId, runId, taskId, stage, err, error, req, res, responseTime, ...rest } = fields;
  const fault = err ?? error ?? ('stack' in rest ? rest : undefined);
  const extra = fault === rest ? {} : rest;
  return {
    logger: context ?? UNSET,
    correlation_id: correlationId ?? UNSET,
    pipeline_id: pipelineId ?? UNSET,
    pipeline_stage: stage ?? UNSET,
    task_id: taskId ?? UNSET,
    ...(runId !== undefined && { run_id: runId }),
    ...(req !== undefined && { req }),
    ...(res !== undefined && { res, responseTime }),
    ...(fault !== undefined && { exception: fault instanceof Error ? loggable(fault) : fault }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

/** A line that was made as JSON, in the form that was asked for. */
export function formatLine(format: LogFormat, json: string): string {
  if (format === 'json') return json;
  const fields = JSON.parse(json) as Record<string, unknown>;
  return `${format === 'text' ? textLine(fields) : consoleLine(fields)}\n`;
}

function textLine(fields: Fields): string {
  const { timestamp, level, correlation_id, pipeline_id, pipeline_stage, task_id, logger, message } = texts(fields);
  const columns = [
    timestamp,
    level.padEnd(LEVEL_WIDTH),
    `correlation_id=${correlation_id}`,
    `pipeline_id=${pipeline_id}`,
    `stage=${pipeline_stage}`,
    `task_id=${task_id}`,
    logger,
    message,
  ];
  return columns.join(' | ') + detailsOf(fields);
}

function consoleLine(fields: Fields): string {
  const { timestamp, level, correlation_id, pipeline_id, logger, message } = texts(fields);
  const shown = level.padEnd(LEVEL_WIDTH);
  const label = Object.keys(LEVEL_NAMES).find((name) => LEVEL_NAMES[name] === level) ?? level;
  const colour = COLOURS[label];
  const ids = `cid=${correlation_id.slice(0, SHORT_ID_LENGTH)} pid=${pipeline_id.slice(0, SHORT_ID_LENGTH)}`;
  const painted = colour === undefined ? shown : `\u001b[${colour}m${shown}\u001b[0m`;
  return `${timestamp} ${painted} ${ids} ${logger}: ${message}` + detailsOf(fields);
}

function texts(fields: Fields) {
  const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : UNSET);
  return {
    timestamp: text('timestamp'),
    level: text('level'),
    correlation_id: text('correlation_id'),
    pipeline_id: text('pipeline_id'),
    pipeline_stage: text('pipeline_stage'),
    task_id: text('task_id'),
    logger: text('logger'),
    message: text('message'),
  };
}

const detailsOf = ({ exception, extra }: Fields): string =>
  [extra, exception].flatMap((detail) => (detail === undefined ? [] : [` ${JSON.stringify(detail)}`])).join('');
