// Reads what the test runner wrote down, and says in few lines what failed.
import { existsSync, readFileSync } from 'node:fs';

const SHOWN_FAILURES = 40;
const SHOWN_LINES = 12;
const SHOWN_LINE_CHARS = 200;

/** Counts of one Jest project, and a failure for each test that failed and each file that did not end. */
export function readReport(path) {
  const files = new Map();
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  for (const line of lines.filter(Boolean)) {
    const entry = JSON.parse(line);
    files.set(entry.file, entry);
  }
  const sum = (key) => [...files.values()].reduce((total, entry) => total + (entry[key] ?? 0), 0);
  const failures = [...files.values()].flatMap(({ file, failures: found }) =>
    (found ?? [{ name: '(the file itself)', message: 'it had not ended when the run did' }]).map((failure) => ({ file, ...failure })),
  );
  return { passed: sum('passed'), skipped: sum('skipped'), failures };
}

/** What a person who sees only the end of the output has to know. */
export function describeFailures(failures) {
  const shown = failures.slice(0, SHOWN_FAILURES).map(({ file, name, message }) => [`✕ ${file} › ${name}`, ...gist(message)].join('\n'));
  const more = failures.length - shown.length;
  return more > 0 ? [...shown, `… and ${more} more`] : shown;
}

/** The message without its stack but for where it began in our code, and without the quoted source. */
function gist(message) {
  const lines = message.split('\n').filter((line) => line.trim() !== '' && !/^\s*>?\s*\d+ \|| *\| +\^/.test(line));
  const isFrame = (line) => /^\s+at /.test(line);
  const words = lines.filter((line) => !isFrame(line)).slice(0, SHOWN_LINES);
  const frame = lines.find((line) => isFrame(line) && !/node_modules|node:/.test(line));
  return [...words, ...(frame ? [frame.trim()] : [])].map((line) => `    ${line.slice(0, SHOWN_LINE_CHARS)}`);
}
