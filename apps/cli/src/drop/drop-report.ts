import type { DropConfig } from '@app/platform';
import type { Run } from '../api/answers';
import type { DropTally } from './drop-tally';
import { reportDuration, reportTime } from './report-time';

const PROGRAM = 'tributary drop';
const PRODUCTS = { redshift: 'Redshift', postgres: 'PostgreSQL' } as const;

export interface ReportSubject {
  readonly configPath: string;
  readonly config: DropConfig;
  readonly run: Run;
  readonly tally: DropTally;
}

/** The report as operators know it, in the form of each mode; its texts are what their scripts look for. */
export const dropReport = (subject: ReportSubject): string[] =>
  subject.config.mode === 'archive' ? archiveReport(subject) : fileReport(subject);

function archiveReport(subject: ReportSubject): string[] {
  const { config, tally } = subject;
  const product = PRODUCTS[config.target.kind];
  return [
    `Report ${PROGRAM}:`,
    '',
    ...head(subject),
    ...counts(tally),
    `Tables loaded to ${product}: ${tally.tablesLoaded.length}/${config.members.length * tally.toProcess}`,
    ...list(goodTitle(product), tally.good),
    ...list('List of objects that failed to process:', tally.failed),
    ...list('List of objects that were not processed due to early exit:', tally.notProcessed),
    ...list(`List of tables that were successfully loaded into ${product}:`, tally.tablesLoaded),
    ...list(`List of tables that failed to load into ${product}:`, tally.tablesFailed),
    ...list(SUPERSEDED_TITLE, tally.superseded),
  ];
}

function fileReport(subject: ReportSubject): string[] {
  const { config, tally } = subject;
  const product = PRODUCTS[config.target.kind];
  return [
    `Report: ${PROGRAM}`,
    '',
    ...(tally.failures > 0 ? [`*** ATTN: A failure occurred. Please investigate logs/${PROGRAM} ***`, ''] : []),
    ...head(subject),
    ...counts(tally),
    `Objects loaded to ${product}: ${tally.good.length}`,
    `Empty Objects: ${tally.empty.length}`,
    ...list(goodTitle(product), numbered(tally.good)),
    ...list('List of objects that failed to process:', numbered(tally.failed)),
    ...list('List of objects that were not processed due to early exit:', numbered(tally.notProcessed)),
    ...list('List of empty objects:', numbered(tally.empty)),
    ...list(SUPERSEDED_TITLE, numbered(tally.superseded)),
  ];
}

const SUPERSEDED_TITLE = 'List of objects that are older than one that is loaded:';

const goodTitle = (product: string): string =>
  `List of objects successfully fully ingested from S3, processed, loaded to S3 ('good'), and copied to ${product}:`;

function head({ configPath, config: { timezone }, run }: ReportSubject): string[] {
  const startedAt = new Date(run.startedAt ?? run.createdAt);
  const endedAt = new Date(run.endedAt ?? run.createdAt);
  const [from, to] = [reportTime(startedAt, timezone), reportTime(endedAt, timezone)];
  return [
    `Config: ${configPath}`,
    '',
    `Microservice started at: ${from}, ended at: ${to}, elapsing: ${reportDuration(endedAt.getTime() - startedAt.getTime())}.`,
    '',
  ];
}

const counts = ({ toProcess, good, failures, copiedGood, copiedBad }: DropTally): string[] => [
  `Objects to process: ${toProcess}`,
  `Objects successfully processed: ${good.length}`,
  `Objects that failed to process: ${failures}`,
  `Objects output to 'processed/good': ${copiedGood}`,
  `Objects output to 'processed/bad': ${copiedBad}`,
];

const list = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', title, ...lines]);
const numbered = (lines: readonly string[]): string[] => lines.map((line, index) => `${index + 1}: ${line}`);
