// What each test file came to, as one JSON line in the file TEST_REPORT: a run that has to be ended leaves what it knows so far.
import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

export default class LineReporter {
  constructor({ rootDir }) {
    this.root = rootDir;
  }

  onTestFileStart({ path }) {
    this.write({ file: relative(this.root, path) });
  }

  onTestFileResult({ path }, result) {
    const failed = result.testResults.filter(({ status }) => status === 'failed');
    // A file that could not be read, or whose hooks failed, without a test to blame.
    const broken = result.testExecError
      ? [{ name: '(the file itself)', message: this.plain(result.testExecError.stack ?? result.testExecError.message) }]
      : [];
    this.write({
      file: relative(this.root, path),
      passed: result.numPassingTests,
      skipped: result.numPendingTests + result.numTodoTests,
      failures: [
        ...failed.map(({ fullName, failureMessages }) => ({ name: fullName, message: this.plain(failureMessages[0]) })),
        ...broken,
      ],
    });
  }

  plain(text = '') {
    return stripVTControlCharacters(String(text)).replaceAll(`${this.root}/`, '');
  }

  write(line) {
    appendFileSync(process.env.TEST_REPORT, `${JSON.stringify(line)}\n`);
  }
}
