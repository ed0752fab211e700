import type { FlatRecord } from '../samples/redcap-server/record-store';
import { generateStudy } from '../samples/study/generate';

const RECORDS = 600;
const ADDED = 40;
/** Records that AFTER no longer has. */
export const REMOVED_IDS: readonly string[] = ['21', '22', '23', '24', '25'];
const RETITLED_UP_TO = 20;

export const idOf = (row: FlatRecord): string => String(row.proposal_id);

export const { dictionary: DICTIONARY, records } = generateStudy({ records: RECORDS });

/** The sample study, row by row. */
export const BEFORE: readonly FlatRecord[] = [...records];

/** The study some days later: records changed, removed and added, so that every table but `name` differs. */
export const AFTER: readonly FlatRecord[] = [...generateStudy({ records: RECORDS + ADDED }).records]
  .filter((row) => !REMOVED_IDS.includes(idOf(row)))
  .map((row) => (Number(idOf(row)) <= RETITLED_UP_TO ? { ...row, short_title: 'Renamed' } : row));
