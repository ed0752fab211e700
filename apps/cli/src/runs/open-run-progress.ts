import type { Streams } from '../terminal';
import { ProgressBars } from './progress-bars';
import { ProgressLines } from './progress-lines';
import type { RunProgress } from './run-progress';

/** Bars for people, lines for logs; both on standard error. */
export const openRunProgress = ({ stderr }: Streams): RunProgress => (stderr.isTTY ? new ProgressBars(stderr) : new ProgressLines(stderr));
