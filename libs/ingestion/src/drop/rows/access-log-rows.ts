import type { AccessLogReading } from '@app/platform';
import { referrerOf } from '../access-log/referrers';
import { Rewriter } from '../access-log/rewriter';
import { UserAgents } from '../access-log/user-agents';
import { DropRefusedError } from '../drop.errors';
import type { MemberFacts, RowBatch } from './row-batch';
import { textLines } from './text-lines';
import { TextRows, type TextRowsOptions } from './text-rows';

const BETWEEN_CELLS = '|';
/** Servers take no longer requests by far. */
const MAX_LINE_CHARS = 64 * 1024;

let userAgents: UserAgents | null = null;

/**
 * The requests that a web server's log tells of: the cells that an expression makes of a line, then family and version of the
 * system and of the browser, source and medium of the referrer. Lines that no expression matches vanish.
 * @throws {DropRefusedError} LIMIT_EXCEEDED, BAD_ENCODING, or TOO_FEW_COLUMNS when the first has not a cell for each column
 */
export async function* accessLogRows(
  chunks: AsyncIterable<Buffer>,
  log: AccessLogReading,
  options: TextRowsOptions,
  facts: MemberFacts,
): AsyncGenerator<RowBatch> {
  const { member, columns } = options;
  const rewriter = new Rewriter(log);
  const rows = new TextRows(options, facts);
  let number = 0;
  let awaitsFirst = true;
  for await (const line of textLines(chunks, options)) {
    number += 1;
    if (line.length > MAX_LINE_CHARS)
      throw new DropRefusedError('LIMIT_EXCEEDED', `the line has more than ${MAX_LINE_CHARS} characters`, { member, line: number });
    const cells = cellsOf(line, log, rewriter);
    if (cells === null) continue;
    if (awaitsFirst && cells.length < columns)
      throw new DropRefusedError('TOO_FEW_COLUMNS', `there are ${cells.length} columns instead of ${columns}`, { member, line: number });
    awaitsFirst = false;
    rows.add(cells, number);
    yield* rows.take();
  }
  yield* rows.take(true);
}

function cellsOf(line: string, { escape, referrerGroup, userAgentGroup, site }: AccessLogReading, rewriter: Rewriter): string[] | null {
  const rewritten = rewriter.of(escape === null ? line : line.replaceAll(escape.pattern, escape.replace));
  if (rewritten === null) return null;
  const { text, groups } = rewritten;
  userAgents ??= new UserAgents();
  const { system, browser } = userAgents.of(groups[userAgentGroup] ?? '');
  const { source, medium } = referrerOf(groups[referrerGroup] ?? '', site);
  return [...text.split(BETWEEN_CELLS), system.family, system.version, browser.family, browser.version, source, medium];
}
