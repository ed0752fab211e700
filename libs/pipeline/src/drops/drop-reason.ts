import { failureOf } from '@app/platform';
import { isDataFault } from '../runs/data-fault';

/** What a load that the target refused is called. */
const LOAD_REJECTED = 'LOAD_REJECTED';
const FINDING = /^[A-Z][A-Z_]+$/;

export interface DropReason {
  /** Code of the finding; null for faults of the surroundings. */
  readonly finding: string | null;
  /** Fit for people; it begins with the finding. Holds no value of a row. */
  readonly text: string;
}

export function reasonOf(error: unknown): DropReason {
  const { message } = failureOf(error);
  if (!isDataFault(error)) return { finding: null, text: message };
  const stated = error.details.finding;
  const finding = typeof stated === 'string' && FINDING.test(stated) ? stated : LOAD_REJECTED;
  return { finding, text: message.startsWith(finding) ? message : `${finding}: ${message}` };
}
